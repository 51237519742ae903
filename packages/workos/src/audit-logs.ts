export { auditLogs, type AuditLogOptions, type AuditLogs } from "./adapters/audit-logs.js";
export {
  auditLogSchemas,
  type AuditedEvent,
  type AuditLogAction,
  type AuditLogEvent,
  type AuditLogSchema,
} from "./trail/audit-log.js";
export type { DeadLetter } from "./trail/outbox.js";
export { ensureSchemas, type EnsuredSchemas } from "./workos/audit-logs.js";
