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
export interface Watched extends GuardedServer {
  /** What the Events API has. */
  readonly events: Record<string, unknown>[];
  /** The queries of every read. */
  readonly reads: URLSearchParams[];
  /** The client IDs that the person authorizes. */
  readonly applications: string[];
  /** Runs what is due next, and waits until it is over. */
  readonly poll: () => Promise<void>;
  readonly api: { status: number; permissions: string[]; asked: number; isKeyKnown: boolean };
  readonly delays: number[];
}

export async function startWatched(options: GuardedServerOptions = {}): Promise<Watched> {
  const issuer = createHomeIssuer();
  const events: Record<string, unknown>[] = [];
  const reads: URLSearchParams[] = [];
  const delays: number[] = [];
  const applications: string[] = [];
  const api = { status: 200, permissions: ["reports:read"], asked: 0, isKeyKnown: true };
  let due: (() => void) | undefined;
  const settled = { resolve: (): void => undefined };

  const answer = (url: URL): Response => {
    if (api.status !== 200) return Response.json({ message: "no" }, { status: api.status });
    if (url.pathname === "/events") {
      reads.push(url.searchParams);
      const after = url.searchParams.get("after");
      const from = after === null ? 0 : events.findIndex(({ id }) => id === after) + 1;
      const data = events.slice(from, from + Number(url.searchParams.get("limit")));
      return Response.json({ object: "list", data, list_metadata: {} });
    }
    api.asked += 1;
    if (url.pathname === "/api_keys/validations") {
      return Response.json({ api_key: api.isKeyKnown ? API_KEY : null });
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
      ? [{ slug: "member", permissions: api.permissions }]
      : [membership("active")];
    return Response.json({ object: "list", data, list_metadata: {} });
  };
  const watched = await startGuarded({
    issuer,
    fetch: (input, init) => {
      const url = new URL(input instanceof Request ? input.url : String(input));
      return url.host === "api.workos.com"
        ? Promise.resolve(answer(url))
        : issuer.fetch(input, init);
    },
    schedule: (run, delay) => {
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
    void watched.middleware.close();
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
  return { ...watched, events, reads, poll, api, delays, applications };
}

export const reasonOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { reason?: string }).reason ?? "none";
