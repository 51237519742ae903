export { defineAccess, type AccessMap, type Rules } from "./access/access-map.js";
export { checkAccess, type AccessFinding, type Registered } from "./access/check-access.js";
export { hasPermissionOn, type AuthorizationResource } from "./access/permission-on.js";
export { getPermissions, hasAccess, requireAccess, type Use } from "./access/require-access.js";
export type { Call, Check, Condition, Requirements, Rule } from "./access/rule.js";
export type { AuthInfo } from "./adapters/auth-info.js";
export type { OrganizationId } from "./authkit/claims.js";
export { auditLogs, type AuditLogOptions, type AuditLogs } from "./adapters/audit-logs.js";
export { workosProvider, type WorkOSMiddleware } from "./adapters/xmcp.js";
export type { Health } from "./resource-server.js";
export type { Surroundings } from "./adapters/edge.js";
export type { WorkOSProviderConfig } from "./configuration.js";
export { ConfigurationError, WorkOSAuthError, type ErrorCode } from "./errors.js";
export { getCaller, getClient, getSession, getUser } from "./session/access-session.js";
export type {
  ApiKeyCaller,
  ApplicationCaller,
  Caller,
  CallerBase,
  UserCaller,
} from "./session/caller.js";
export type {
  CustomClaims,
  FeatureFlagSlug,
  PermissionSlug,
  PromptName,
  Register,
  RoleSlug,
  ToolName,
} from "./session/register.js";
export type { Session, SessionClaims } from "./session/session.js";
export type { AccessTokenClaims } from "./standards/access-token.js";
export type { StandardSchema, SchemaIssue, SchemaResult } from "./standards/standard-schema.js";
export type { RateLimiter } from "./guard/rate-limit.js";
export type { RevocationConfig } from "./token/revocation-policy.js";
export type { CallerKind } from "./token/caller-kind.js";
export type { Asked, TrailCaller, TrailEvent } from "./trail/event.js";
export type { Observer } from "./trail/observer.js";
export {
  auditLogSchemas,
  type AuditedEvent,
  type AuditLogAction,
  type AuditLogEvent,
  type AuditLogSchema,
} from "./trail/audit-log.js";
export type { DeadLetter, Letter, OutboxCount } from "./trail/outbox.js";
export { createMissingSchemas, type CreatedSchemas } from "./workos/audit-logs.js";
export type { Logger, LogLevel, LogOptions } from "./trail/read-log.js";
export type { Schedule } from "./workos/schedule.js";
export type { User, WorkOS } from "./workos/client.js";
