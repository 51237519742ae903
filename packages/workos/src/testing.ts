export { compareAccess, type AccessFinding, type Registered } from "./access/compare-access.js";
export { accessTable } from "./testing/access-table.js";
export { explainAccess, type AccessUse, type Explanation } from "./testing/explain-access.js";
export {
  guarded,
  type GuardedOptions,
  type GuardedRequestInit,
  type GuardedServer,
} from "./testing/guarded.js";
export type { Persona, Profile, ResourcePermissions, WorkOSStub } from "./testing/persona.js";
export { runAs } from "./testing/run-as.js";
