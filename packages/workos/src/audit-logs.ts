export { auditLogs, type AuditLogOptions, type AuditLogs } from "./adapters/audit-logs.js";
export {
  auditLogSchemas,
  type AuditedEvent,
  type AuditLogAction,
  type AuditLogEvent,
  type AuditLogSchema,
} from "./trail/audit-log.js";
export type { FailedEntry } from "./trail/outbox.js";
export { ensureSchemas, type EnsuredSchemas } from "./workos/audit-logs.js";
