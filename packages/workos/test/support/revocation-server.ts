import { onTestFinished } from "vitest";
import { startGuarded, type GuardedServer, type GuardedServerOptions } from "./guarded-server.js";
import { createHomeIssuer, NOW } from "./issuer.js";

export const ADA = "user_01ADA";
export const ACME = "org_01ACME";
export const at = (offset = 0): string => new Date(NOW + offset).toISOString();

let number = 0;

/** An event as the API writes it. */
export function event(name: string, data: object, createdAt = at()): Record<string, unknown> {
  number += 1;
  return {
    object: "event",
    id: `event_${String(number).padStart(6, "0")}`,
    event: name,
    data,
    created_at: createdAt,
  };
}

export const membership = (status: string): object => ({
  object: "organization_membership",
  id: "om_01ADA",
  user_id: ADA,
  organization_id: ACME,
  organization_name: "Acme",
  status,
  role: { slug: "member" },
  created_at: at(),
  updated_at: at(),
});

export const API_KEY = {
  object: "api_key",
  id: "api_key_01",
  owner: { type: "organization", id: ACME },
  name: "Nightly",
  obfuscated_value: "sk_…",
  permissions: [],
  last_used_at: null,
  created_at: at(),
  updated_at: at(),
};

/** A guarded server that reads the events of a WorkOS API made for it. */
export interface RevocationServer extends GuardedServer {
  /** What the Events API has. */
  readonly events: Record<string, unknown>[];
  /** The queries of every read. */
  readonly reads: URLSearchParams[];
  /** The client IDs that the person authorizes. */
  readonly applications: string[];
  /** Runs what is due next, and waits until it is over. */
  readonly poll: () => Promise<void>;
  readonly api: Api;
  readonly delays: number[];
}

/** How the WorkOS API does. */
export interface Api {
  /** What everything is answered with. */
  status: number;
  /** What the Events API is answered with. */
  eventsStatus: number;
  /** What every question that is not about events is answered with. */
  questionsStatus: number;
  /** What comes with these three. */
  headers: Record<string, string>;
  permissions: string[];
  /** Questions that were not about events. */
  asked: number;
  isKeyKnown: boolean;
  /** What API keys have beside what all of them have. */
  key: object;
  /** Days that the Events API tells of. */
  days: number;
}

export interface RevocationServerOptions extends GuardedServerOptions {
  /** What the Events API has from the start: that of a server before this one. */
  readonly events?: Record<string, unknown>[];
  /** How the API does from the start. */
  readonly api?: Partial<Api>;
}

export async function startRevocationServer({
  events = [],
  api: given,
  ...options
}: RevocationServerOptions = {}): Promise<RevocationServer> {
  const issuer = options.issuer ?? createHomeIssuer();
  const reads: URLSearchParams[] = [];
  const delays: number[] = [];
  const applications: string[] = [];
  const api: Api = {
    status: 200,
    eventsStatus: 200,
    questionsStatus: 200,
    headers: {},
    permissions: ["reports:read"],
    asked: 0,
    isKeyKnown: true,
    key: {},
    days: 30,
    ...given,
  };
  let due: (() => void) | undefined;
  const settled = { resolve: (): void => undefined };

  const answer = (url: URL): Response => {
    const { headers } = api;
    if (api.status !== 200) {
      return Response.json({ message: "no" }, { status: api.status, headers });
    }
    if (url.pathname === "/events") {
      reads.push(url.searchParams);
      if (api.eventsStatus !== 200) {
        return Response.json({ message: "no" }, { status: api.eventsStatus, headers });
      }
      const after = url.searchParams.get("after");
      const start = Date.parse(url.searchParams.get("range_start") ?? "");
      if (after === null && start < server.clock.now - api.days * 86_400_000) {
        return Response.json({ message: "too long ago" }, { status: 400 });
      }
      const from =
        after === null
          ? events.findIndex(
              (one) => Date.parse((one["created_at"] as string | undefined) ?? at()) >= start,
            )
          : events.findIndex(({ id }) => id === after) + 1;
      if (from === -1) return Response.json({ object: "list", data: [], list_metadata: {} });
      const data = events.slice(from, from + Number(url.searchParams.get("limit")));
      return Response.json({ object: "list", data, list_metadata: {} });
    }
    api.asked += 1;
    if (api.questionsStatus !== 200) {
      return Response.json({ message: "no" }, { status: api.questionsStatus, headers });
    }
    if (url.pathname === "/api_keys/validations") {
      return Response.json({ api_key: api.isKeyKnown ? { ...API_KEY, ...api.key } : null });
    }
    if (url.pathname.endsWith("/authorized_applications")) {
      // Two in a page, so that a reader has to turn it.
      const from = Number(url.searchParams.get("after") ?? 0);
      const page = applications.slice(from, from + 2);
      const after = from + 2 < applications.length ? String(from + 2) : null;
      const data = page.map((id) => ({ id: `app_${id}`, application: { client_id: id } }));
      return Response.json({ object: "list", data, list_metadata: { after } });
    }
    const data = url.pathname.endsWith("/roles")
      ? [{ object: "role", slug: "member", permissions: api.permissions }]
      : [membership("active")];
    return Response.json({ object: "list", data, list_metadata: {} });
  };
  const server = await startGuarded({
    issuer,
    fetch: (input, init) => {
      const url = new URL(input instanceof Request ? input.url : String(input));
      return url.host === "api.workos.com"
        ? Promise.resolve(answer(url))
        : issuer.fetch(input, init);
    },
    schedule: (run, delay) => {
      // Others wait too, such as the proof that the guard is mounted; this is about the poll alone.
      if (new Error("who waits").stack?.includes("event-feed") !== true) {
        return () => undefined;
      }
      delays.push(delay);
      due = run;
      settled.resolve();
      return () => {
        due = undefined;
      };
    },
    ...options,
    config: { revocation: {}, ...options.config },
  });
  onTestFinished(() => {
    void server.middleware.close();
  });
  const poll = async (): Promise<void> => {
    const over = new Promise<void>((resolve) => {
      settled.resolve = resolve;
    });
    due?.();
    await over;
  };
  // The first read begins by itself.
  await new Promise<void>((resolve) => {
    if (due === undefined) settled.resolve = resolve;
    else resolve();
  });
  return { ...server, events, reads, poll, api, delays, applications };
}

export const reasonOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { reason?: string }).reason ?? "none";
