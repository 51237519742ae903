import type { Settings } from "./configuration.js";
import type { Trail } from "../trail/event.js";
import { createApiFetch, type ApiFetch } from "../workos/api-fetch.js";
import { createClient, type WorkOS } from "../workos/client.js";
import { createOwnKey, type OwnKey } from "../workos/own-key.js";
import type { Schedule } from "../standards/schedule.js";

/** Further attempts of a tool's own call, at most. */
const TOOL_RETRIES = 2;

/** What the clients need of the outside world. */
interface Outside {
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number;
  readonly schedule: Schedule;
  readonly trail: Trail;
  /** Whether calls of the API are reported. */
  readonly isObserved: boolean;
}

/** The WorkOS API, once for every purpose: no purpose's failures stop another's calls. */
export interface ApiClients {
  /** Whether WorkOS accepts this server's own API key. */
  readonly ownKey: OwnKey;
  /** How access decisions ask, for health. */
  readonly access: ApiFetch;
  /** How checks ask, for health. */
  readonly checks: ApiFetch;
  /** For tools. */
  readonly client: () => WorkOS;
  /** For access decisions, while a caller waits. */
  readonly impatient: () => WorkOS;
  /** For checks: what they ask depends on what callers send. */
  readonly checker: () => WorkOS;
  /** For the delivery of audit log events. */
  readonly auditor: () => WorkOS;
  /** For the reading of events. */
  readonly reader: () => WorkOS;
}

/** Makes the clients of the WorkOS API. Asks nothing yet. */
export function createApiClients(settings: Settings, outside: Outside): ApiClients {
  const { fetch, now, elapsed, schedule, trail, isObserved } = outside;
  const server = toServer(settings.apiUrl);
  const ownKey = createOwnKey({
    probe: async () => impatient().events.listEvents({ events: ["user.deleted"], limit: 1 }),
    schedule,
    report: (state, detail) => {
      trail({ kind: "api", about: "own API key", state, detail });
    },
  });
  const reach = (
    about: "access" | "checks" | "events" | "tools" | "audit logs",
    retries: number,
  ): ApiFetch =>
    createApiFetch({
      fetch,
      now: elapsed,
      wallClock: now,
      schedule,
      retries,
      throwsLater: about !== "tools",
      // The delivery of audit log events leaves WorkOS alone by organization: one's failures stop no other's events.
      hasBreaker: about !== "audit logs",
      onCall: isObserved
        ? (call) => {
            // Reading events is part of deciding who has access, and is measured with it.
            const matter = about === "events" || about === "checks" ? "access" : about;
            trail({ kind: "api_call", about: matter, server, ...call });
          }
        : undefined,
      onAnswer: about === "tools" ? ownKey.onToolAnswer : ownKey.onAnswer,
      report: (state, detail) => {
        // The delivery reports it for the audit log and the feed for events, in more detail.
        if (about === "access" || about === "checks" || about === "tools")
          trail({ kind: "api", about, state, detail });
      },
    });
  const access = reach("access", 0);
  const checks = reach("checks", 0);
  const impatient = createClient({ ...settings, ...access, isImpatient: true });
  return {
    ownKey,
    access,
    checks,
    client: createClient({ ...settings, ...reach("tools", TOOL_RETRIES) }),
    impatient,
    checker: createClient({ ...settings, ...checks, isImpatient: true }),
    auditor: createClient({ ...settings, ...reach("audit logs", 0) }),
    reader: createClient({ ...settings, ...reach("events", 0), isImpatient: true }),
  };
}

function toServer({ hostname, protocol, port }: URL): {
  readonly address: string;
  readonly port: number;
} {
  const standard = protocol === "https:" ? 443 : 80;
  return { address: hostname, port: port === "" ? standard : Number(port) };
}
