export { auditLogs, type AuditLogOptions, type AuditLogs } from "./observers/audit-logs.js";
export { auditLogSchemas, type AuditedEvent } from "./audit/audit-event.js";
export {
  type AuditLogAction,
  type AuditLogEvent,
  type AuditLogSchema,
} from "./workos/audit-log-event.js";
export type { FailedEntry } from "./audit/outbox.js";
export { ensureSchemas, type EnsuredSchemas } from "./workos/audit-logs.js";
