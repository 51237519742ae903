export type { ForgedTokenInput } from "./control/forged-token.js";
export type { SignedIn, SignInInput } from "./control/sign-in-flow.js";
export type { TimeSpan } from "./control/time.js";
export type { TokenInput } from "./control/token.js";
export {
  createEmulator,
  startEmulator,
  type Emulator,
  type ServerEnvironment,
} from "./emulator.js";
export { EmulatorError, type EmulatorErrorCode, type EmulatorProblem } from "./emulator-error.js";
export type { AuditLogEvent } from "./environment/audit-log-event.js";
export type { LoggedEvent } from "./events/event-log.js";
export type { WebhookEndpoint } from "./events/webhooks.js";
export type { Fault } from "./faults/fault.js";
export type { FaultTarget } from "./faults/fault-target.js";
export type { EmulatorOptions, StartOptions } from "./options/emulator-options.js";
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
