export { createEmulator, type Emulator } from "./emulator.js";
export { EmulatorError, type EmulatorErrorCode } from "./emulator-error.js";
export type { EmulatorOptions } from "./emulator-options.js";
export type { AuditLogEvent } from "./environment/audit-log-event.js";
export type { LoggedEvent } from "./events/event-log.js";
export type { WebhookEndpoint } from "./events/webhooks.js";
export { EmulatorDownError, type Fault, type FaultTarget } from "./faults/fault.js";
export type { FaultSwitch } from "./faults/fault-switch.js";
export { defaultSeed } from "./seed/default-seed.js";
export { parseSeed } from "./seed/parse-seed.js";
export type {
  Features,
  MembershipStatus,
  Seed,
  SeedApiKey,
  SeedApplication,
  SeedAuditLogSchema,
  SeedAuthorizationResource,
  SeedConnection,
  SeedDirectory,
  SeedDirectoryGroup,
  SeedDirectoryUser,
  SeedFeatureFlag,
  SeedMachineApplication,
  SeedMembership,
  SeedOAuthApplication,
  SeedOrganization,
  SeedPermission,
  SeedResource,
  SeedRole,
  SeedRoleAssignment,
  SeedUser,
} from "./seed/seed.js";
export { SeedError, type SeedProblem } from "./seed/seed-error.js";
export type { ServedRequest } from "./server/request-log.js";
export type { MintAccessTokenInput } from "./tokens/minted-token.js";
