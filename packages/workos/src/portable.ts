export { defineAccess, type AccessMap, type Rules } from "./access/access-map.js";
export { getAccess } from "./access/access.js";
export { AccessDeniedError } from "./access/access-denied.js";
export { hasPermissionOn } from "./access/permission-on.js";
export type {
  Access,
  AccessOptions,
  AuthorizationResource,
  Call,
  Check,
  Condition,
  Requirements,
  ResourceAccess,
  Rule,
} from "./access/rule.js";
export type { AuthInfo } from "./exchange/auth-info.js";
export type { OrganizationId } from "./authkit/claims.js";
export type { AudienceInForce } from "./credential/environment-audience.js";
export type { Health } from "./server/health.js";
export type { RuntimeOverrides } from "./server/runtime-overrides.js";
export type { WorkOSProviderConfig } from "./server/configuration.js";
export { ConfigurationError, WorkOSAuthError, type ErrorCode, type Problem } from "./errors.js";
export { findCaller, getCaller, getClient, getSession, getUser } from "./session/access-session.js";
export type {
  AgentCaller,
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
export type { Session, Claims } from "./session/session.js";
export type { AccessTokenClaims } from "./standards/access-token.js";
export type { StandardSchema, SchemaIssue, SchemaResult } from "./standards/standard-schema.js";
export type { RateLimiter } from "./guard/rate-limit.js";
export type { RevocationOptions } from "./revocation/revocation-settings.js";
export type { CallerKind } from "./standards/caller-kind.js";
export type { Schedule } from "./standards/schedule.js";
export type {
  AccessAttempt,
  AuthEvent,
  CallerInfo,
  KnownCaller,
  RequestOrigin,
  UsedTarget,
} from "./trail/event.js";
export type { Observer } from "./trail/observer.js";
export type { Logger, LogLevel, LogOptions } from "./observers/read-log.js";
export type { User, WorkOS } from "./workos/client.js";
