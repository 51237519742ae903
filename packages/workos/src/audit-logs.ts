export {
  auditLogs,
  type AuditLogOptions,
  type AuditLogs,
  type OutboxAnswer,
} from "./observers/audit-logs.js";
export type { SharedOutbox } from "./audit/shared-outbox.js";
export { auditLogSchemas, type AuditedEvent } from "./audit/audit-event.js";
export {
  type AuditLogAction,
  type AuditLogEvent,
  type AuditLogSchema,
} from "./workos/audit-log-event.js";
export type { FailedEntry } from "./audit/outbox.js";
export { ensureSchemas, type EnsuredSchemas } from "./workos/audit-logs.js";
