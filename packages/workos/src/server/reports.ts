import { printable } from "../access/explain.js";
import type { AuthEvent, Trail } from "../trail/event.js";

/** What the parts of a resource server report, worded for the operator. */
export interface Reports {
  readonly metadata: (state: OutageState, detail: string) => void;
  readonly api: (about: ApiPart) => (state: OutageState, detail: string) => void;
  readonly indicators: (state: OutageState, problem?: string) => void;
  readonly checkFailed: (rule: string, error: unknown) => void;
  readonly eventUnreadable: (type: string) => void;
  readonly tokenLivesLong: (lifetimeSeconds: number) => void;
}

type OutageState = "unreachable" | "recovered";
type ApiPart = Extract<AuthEvent, { kind: "api"; state: OutageState }>["about"];

/** Makes the reports of a resource server. */
export function createReports(issuer: string, trail: Trail): Reports {
  return {
    metadata(state, detail) {
      trail({ kind: "issuer", issuer, document: "metadata", state, detail });
    },
    api: (about) => (state, detail) => {
      trail({ kind: "api", about, state, detail });
    },
    indicators(state, problem = "gives no answer") {
      const detail =
        state === "recovered"
          ? "resource indicators can be asked for again"
          : `whether this resource is a registered indicator cannot be asked: the WorkOS API ${problem}. Until it was asked once, users' tokens for the whole environment are accepted`;
      trail({ kind: "api", about: "resource indicators", state, detail });
    },
    checkFailed(rule, error) {
      const detail = error instanceof Error ? error.message : typeof error;
      trail({
        kind: "advice",
        code: "check_failed",
        detail: `the check of ${rule} failed, so the call was denied: ${detail}`,
      });
    },
    eventUnreadable(type) {
      trail({
        kind: "advice",
        code: "event_unreadable",
        detail: `${printable(type)} of the Events API or a webhook does not say whom it is about; is there a newer version of this package?`,
      });
    },
    tokenLivesLong(lifetimeSeconds) {
      trail({
        kind: "advice",
        code: "token_lifetime_exceeded",
        detail: `an access token lives ${Math.ceil(lifetimeSeconds)} seconds, longer than revocation.maxTokenLifetimeSeconds says. A removed user does not get in with it, but after a start such tokens are refused until they are refreshed. Set maxTokenLifetimeSeconds to how long your tokens live`,
      });
    },
  };
}
