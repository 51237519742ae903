import { createHmac } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import { getPermissions } from "../src/index.js";
import { startGuarded, type GuardedServer, type GuardedServerOptions } from "./guarded-server.js";
import { createHomeIssuer, NOW, SECONDS } from "./issuer.js";

const ADA = "user_01ADA";
const ACME = "org_01ACME";
const SECRET = "whsec_0123456789";
const at = (offset = 0): string => new Date(NOW + offset).toISOString();

let number = 0;

function event(name: string, data: object, createdAt = at()): Record<string, unknown> {
  number += 1;
  return {
    object: "event",
    id: `event_${String(number).padStart(6, "0")}`,
    event: name,
    data,
    created_at: createdAt,
  };
}

const membership = (status: string): object => ({
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

interface Watched extends GuardedServer {
  /** What the Events API has. */
  readonly events: Record<string, unknown>[];
  /** The queries of every read. */
  readonly reads: URLSearchParams[];
  /** Runs what is due next, and waits until it is over. */
  readonly poll: () => Promise<void>;
  readonly api: { status: number; permissions: string[]; asked: number };
  readonly delays: number[];
}

async function startWatched(options: GuardedServerOptions = {}): Promise<Watched> {
  const issuer = createHomeIssuer();
  const events: Record<string, unknown>[] = [];
  const reads: URLSearchParams[] = [];
  const delays: number[] = [];
  const api = { status: 200, permissions: ["reports:read"], asked: 0 };
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
    watched.middleware.close();
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
  return { ...watched, events, reads, poll, api, delays };
}

const reasonOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { reason?: string }).reason ?? "none";

describe("revocation by the Events API", () => {
  it("refuses a deleted user after the next poll, with a challenge and a line that says why", async () => {
    const { ask, issuer, events, poll, lines } = await startWatched();
    const token = issuer.sign();
    expect((await ask(token)).status).toBe(200);
    events.push(event("user.deleted", { object: "user", id: ADA }));
    expect((await ask(token)).status).toBe(200);
    await poll();
    const refused = await ask(token);
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toBe(
      'Bearer error="invalid_token", resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp", error_description="The access token was revoked"',
    );
    expect(await reasonOf(refused)).toBe("token_revoked");
    expect(lines.at(-1)).toBe(
      "warn [workos] Refused POST with 401 token_revoked: the person, the membership, the organization or the session was removed at WorkOS after the token was issued",
    );
  });

  it.each([
    ["organization_membership.deleted", membership("active")],
    ["organization_membership.updated", membership("inactive")],
    ["organization.deleted", { object: "organization", id: ACME, name: "Acme", domains: [] }],
    [
      "session.revoked",
      { object: "session", id: "session_01", user_id: ADA, organization_id: ACME },
    ],
  ])("%s ends the tokens for that organization and no others", async (name, data) => {
    const { ask, issuer, events, poll } = await startWatched();
    events.push(event(name, data));
    await poll();
    const inAcme = issuer.sign({ claims: { org_id: ACME } });
    expect(await reasonOf(await ask(inAcme))).toBe("token_revoked");
    expect((await ask(issuer.sign({ claims: { org_id: "org_01GLOBEX" } }))).status).toBe(200);
    expect((await ask(issuer.sign())).status).toBe(200);
    const later = issuer.sign({ claims: { org_id: ACME, iat: SECONDS + 1, jti: "jti_02" } });
    expect((await ask(later)).status).toBe(200);
  });

  it("asks for what concerns access only, from as far back as a token lives, then from where it was", async () => {
    const { events, poll, reads } = await startWatched({
      config: { revocation: { longestToken: 3600 } },
    });
    events.push(event("user.deleted", { object: "user", id: "user_01OTHER" }));
    await poll();
    await poll();
    expect(
      reads.map((query) => [query.get("range_start"), query.get("after"), query.get("order")]),
    ).toEqual([
      [at(-3_600_000), null, "asc"],
      [at(-3_600_000), null, "asc"],
      [null, events[0]?.["id"], "asc"],
    ]);
    expect(reads[0]?.get("events")?.split(",") ?? reads[0]?.getAll("events")).toContain(
      "user.deleted",
    );
  });

  it("reads page after page until there is no more", async () => {
    const { ask, issuer, events, poll, reads } = await startWatched();
    for (let index = 0; index < 250; index += 1) {
      events.push(event("user.deleted", { object: "user", id: `user_01N${index}` }));
    }
    events.push(event("user.deleted", { object: "user", id: ADA }));
    reads.length = 0;
    await poll();
    expect(reads).toHaveLength(3);
    expect(await reasonOf(await ask(issuer.sign()))).toBe("token_revoked");
  });

  it("a restart forgets nothing that still matters", async () => {
    const first = await startWatched();
    first.events.push(event("user.deleted", { object: "user", id: ADA }));
    await first.poll();
    const second = await startWatched({
      fetch: (input, init) => {
        const url = new URL(input instanceof Request ? input.url : String(input));
        return url.host === "api.workos.com"
          ? Promise.resolve(
              Response.json({ object: "list", data: first.events, list_metadata: {} }),
            )
          : second.issuer.fetch(input, init);
      },
    });
    expect(await reasonOf(await second.ask(second.issuer.sign()))).toBe("token_revoked");
  });

  it("changed roles count at the next poll, not a minute later", async () => {
    const { ask, issuer, events, poll, api, clock } = await startWatched({
      handler: (_request, response) => {
        void getPermissions().then((permissions) => response.end(JSON.stringify(permissions)));
      },
    });
    const token = issuer.sign({ claims: { org_id: ACME } });
    const permissions = async (): Promise<unknown> => (await ask(token)).json();
    expect(await permissions()).toEqual(["reports:read"]);
    api.permissions = [];
    clock.now += 5_000;
    expect(await permissions()).toEqual(["reports:read"]);
    events.push(event("role.updated", { object: "role", slug: "member", permissions: [] }));
    await poll();
    expect(await permissions()).toEqual([]);
  });

  it("says once that the feed is down and once that it is back, and comes back slower", async () => {
    const { poll, api, lines, delays } = await startWatched({
      config: { revocation: { poll: 10 } },
    });
    lines.length = 0;
    api.status = 503;
    await poll();
    await poll();
    await poll();
    api.status = 200;
    await poll();
    expect(lines).toEqual([
      "warn [workos] The WorkOS API is unreachable for events: the Events API answered 503, so revocations are noticed late",
      "info [workos] The WorkOS API is recovered for events: events are read again; nothing was missed",
    ]);
    const about = delays.map((delay) => Math.round(delay / 10_000));
    expect(about).toEqual([1, 1, 2, 4, 1]);
  });

  it("fails closed when a strict operator asks for it, with 503, and opens again", async () => {
    const { ask, issuer, poll, api, clock, middleware } = await startWatched({
      config: { revocation: { poll: 10, failClosedAfter: 60 } },
    });
    const token = issuer.sign();
    api.status = 500;
    clock.now += 60_000;
    await poll();
    expect((await ask(token)).status).toBe(200);
    clock.now += 1;
    const refused = await ask(token);
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("5");
    expect(await reasonOf(refused)).toBe("revocations_unknown");
    expect(await middleware.health()).toMatchObject({
      isReady: false,
      revocation: { staleness: 60.001, subjects: 0 },
    });
    api.status = 200;
    await poll();
    expect((await ask(token)).status).toBe(200);
    expect(await middleware.health()).toMatchObject({
      isReady: true,
      revocation: { staleness: 0 },
    });
  });
});

describe("revocation by webhook", () => {
  const config = { revocation: { webhook: { secret: SECRET, path: "/webhooks/workos" } } };
  const parse = (request: object): void => {
    Object.assign(request, { body: pending.shift() });
  };
  let pending: unknown[] = [];

  async function deliver(
    server: Watched,
    body: unknown,
    { secret = SECRET, sentAt = Date.now(), method = "POST", signature = "" } = {},
  ): Promise<Response> {
    pending = [body];
    const hash = createHmac("sha256", secret)
      .update(`${sentAt}.${JSON.stringify(body)}`)
      .digest("hex");
    return server.ask(undefined, {
      method,
      path: "/webhooks/workos",
      headers: signature === "none" ? {} : { "workos-signature": `t=${sentAt}, v1=${hash}` },
    });
  }
  const start = (): Promise<Watched> => startWatched({ config, before: parse });

  it("works at once, without an access token", async () => {
    const server = await start();
    const token = server.issuer.sign();
    const response = await deliver(server, event("user.deleted", { object: "user", id: ADA }));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ received: true });
    expect(await reasonOf(await server.ask(token))).toBe("token_revoked");
    expect(server.reached.count).toBe(0);
  });

  it.each([
    ["signed with another secret", { secret: "whsec_other" }, 400, "webhook_signature"],
    ["too old", { sentAt: Date.now() - 181_000 }, 400, "webhook_signature"],
    ["unsigned", { signature: "none" }, 400, "webhook_unsigned"],
    ["no POST", { method: "PUT" }, 405, "webhook_method"],
  ])("changes nothing when it is %s", async (_, options, status, reason) => {
    const server = await start();
    const body = event("user.deleted", { object: "user", id: ADA });
    const response = await deliver(server, body, options);
    expect([response.status, await reasonOf(response)]).toEqual([status, reason]);
    expect(server.lines.at(-1)).toContain(reason);
    expect((await server.ask(server.issuer.sign())).status).toBe(200);
  });

  it("refuses a body that is too long or was not parsed", async () => {
    const server = await start();
    const long = await deliver(server, { padding: "x".repeat(300_000) });
    expect([long.status, await reasonOf(long)]).toEqual([413, "webhook_too_long"]);
    const none = await deliver(server, undefined);
    expect([none.status, await reasonOf(none)]).toEqual([400, "webhook_unreadable"]);
  });

  it("an event that comes by both ways, or twice, is worked on once", async () => {
    const server = await start();
    const body = event("user.deleted", { object: "user", id: ADA });
    await deliver(server, body);
    server.events.push(body);
    await server.poll();
    await deliver(server, body);
    expect(await server.middleware.health()).toMatchObject({ revocation: { subjects: 1 } });
  });

  it("the path is guarded like any other when no webhook is configured", async () => {
    const server = await startWatched();
    const response = await server.ask(undefined, { path: "/webhooks/workos" });
    expect(await reasonOf(response)).toBe("credentials_missing");
  });
});

describe("the configuration of revocation", () => {
  it.each([
    [
      { pol: 5 },
      "revocation.pol is unknown; there are poll, webhook, longestToken, failClosedAfter",
    ],
    [{ poll: 0 }, "revocation.poll must be a number of seconds from 1 to 3,600"],
    [
      { longestToken: 5 },
      "revocation.longestToken must be a number of seconds from 60 to 2,592,000",
    ],
    [
      { poll: 10, failClosedAfter: 19 },
      "revocation.failClosedAfter must be at least twice revocation.poll, in seconds",
    ],
    [
      { webhook: { secret: "", path: "hook" } },
      "revocation.webhook.secret is missing: the dashboard shows it at the endpoint (Webhooks)",
    ],
    [{ webhook: { secret: "s", path: "hook" } }, "revocation.webhook.path must begin with a slash"],
    [
      { webhook: { secret: "s", path: "/MCP/hook" } },
      "revocation.webhook.path must not be the MCP endpoint /mcp or below it",
    ],
    ["often", "revocation must be an object, {} for the defaults"],
  ])("%j is refused", async (revocation, problem) => {
    const start = startWatched({ config: { revocation: revocation as never } });
    await expect(start).rejects.toThrow(problem);
  });
});

describe("health and close", () => {
  it("fetches the keys, so that a server nobody called yet gets ready", async () => {
    const { middleware, issuer, clock } = await startGuarded();
    expect(await middleware.health()).toEqual({
      isReady: true,
      keys: [{ issuer: "https://acme.authkit.app", age: 0 }],
    });
    clock.now += 5_000;
    expect((await middleware.health()).keys[0]?.age).toBe(5);
    expect(issuer.keySetFetches()).toBe(1);
  });

  it("is not ready without keys, and says so instead of failing", async () => {
    const issuer = createHomeIssuer();
    issuer.answer = () => new Response("no", { status: 500 });
    const { middleware } = await startGuarded({ issuer });
    expect(await middleware.health()).toEqual({
      isReady: false,
      keys: [{ issuer: "https://acme.authkit.app", age: undefined }],
    });
  });

  it("close() ends the polling and keeps judging requests", async () => {
    const { middleware, ask, issuer, delays, poll } = await startWatched();
    await poll();
    const before = delays.length;
    middleware.close();
    expect((await ask(issuer.sign())).status).toBe(200);
    expect(delays).toHaveLength(before);
  });
});
