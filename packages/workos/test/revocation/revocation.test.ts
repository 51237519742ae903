import { describe, expect, it } from "vitest";
import { getAccess, type AuthEvent } from "../../src/index.js";
import { startGuarded } from "../support/guarded-server.js";
import { createHomeIssuer, SECONDS } from "../support/issuer.js";
import {
  ACME,
  ADA,
  API_KEY,
  at,
  event,
  membership,
  reasonOf,
  startRevocationServer,
} from "../support/revocation-server.js";

describe("revocation by the Events API", () => {
  it("refuses a deleted user after the next poll, with a challenge and a line that says why", async () => {
    const { ask, issuer, events, poll, lines } = await startRevocationServer();
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
      "warn [workos] Refused POST of user user_01ADA with 401 token_revoked: the person, the membership, the organization or the session was removed at WorkOS after the token was issued",
    );
  });

  it("tells observers whose revoked token it was, and from where it came", async () => {
    const seen: AuthEvent[] = [];
    const { ask, issuer, events, poll } = await startRevocationServer({
      config: { observers: [{ name: "seen", onEvent: (one) => void seen.push(one) }] },
    });
    events.push(event("user.deleted", { object: "user", id: ADA }));
    await poll();
    await ask(issuer.sign({ claims: { org_id: ACME } }));
    expect(seen.filter(({ kind }) => kind === "refused")).toMatchObject([
      {
        reason: "token_revoked",
        caller: { kind: "user", id: ADA },
        organizationId: ACME,
        clientId: "https://client.example.com/metadata.json",
        from: { address: "127.0.0.1", userAgent: "node" },
      },
    ]);
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
    const { ask, issuer, events, poll } = await startRevocationServer();
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
    const { events, poll, reads } = await startRevocationServer({
      config: { revocation: { maxTokenLifetimeSeconds: 3600 } },
    });
    events.push(event("user.deleted", { object: "user", id: "user_01OTHER" }, at(-60_000)));
    await poll();
    await poll();
    expect(
      reads.map((query) => [query.get("range_start"), query.get("after"), query.get("order")]),
    ).toEqual([
      // A token counts for five seconds after its end.
      [at(-3_660_000), null, "asc"],
      [at(-3_660_000), null, "asc"],
      [null, events[0]?.["id"], "asc"],
    ]);
    expect(reads[0]?.get("events")?.split(",") ?? reads[0]?.getAll("events")).toContain(
      "user.deleted",
    );
  });

  it("reads from a day back and then every ten seconds, a tenth more or less, unless told otherwise", async () => {
    const { poll, reads, delays } = await startRevocationServer({ config: { revocation: {} } });
    await poll();
    expect(reads[0]?.get("range_start")).toBe(at(-86_460_000));
    expect(Math.min(...delays.slice(1))).toBeGreaterThanOrEqual(9_000);
    expect(Math.max(...delays.slice(1))).toBeLessThanOrEqual(11_000);
    expect(delays.length).toBeGreaterThan(1);
  });

  it.each<[string, string, object]>([
    ["deleted", "user.deleted", { object: "user", id: "user_01ADMIN" }],
    [
      "removed from the organization",
      "organization_membership.deleted",
      { object: "organization_membership", user_id: "user_01ADMIN", organization_id: ACME },
    ],
  ])("ends a token by which an impersonator acts who was %s", async (_, name, data) => {
    const { ask, issuer, events, poll } = await startRevocationServer();
    const token = issuer.sign({ claims: { org_id: ACME, act: { sub: "user_01ADMIN" } } });
    const own = issuer.sign({ claims: { org_id: ACME } });
    expect((await ask(token)).status).toBe(200);
    events.push(event(name, data));
    await poll();
    expect(await reasonOf(await ask(token))).toBe("token_revoked");
    expect((await ask(own)).status).toBe(200);
  });

  it("ends the token of a person whose event becomes readable after a newer one was read", async () => {
    const { ask, issuer, events, poll, clock } = await startRevocationServer();
    const older = event("user.deleted", { object: "user", id: ADA }, at(1_000));
    const newer = event("user.deleted", { object: "user", id: "user_01BOB" }, at(4_000));
    clock.now += 5_000;
    events.push(newer);
    await poll();
    expect((await ask(issuer.sign())).status).toBe(200);
    clock.now += 3_000;
    events.unshift(older);
    await poll();
    expect(await reasonOf(await ask(issuer.sign()))).toBe("token_revoked");
  });

  it("reads page after page until there is no more", async () => {
    const { ask, issuer, events, poll, reads } = await startRevocationServer();
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
    const first = await startRevocationServer();
    first.events.push(event("user.deleted", { object: "user", id: ADA }));
    await first.poll();
    const second = await startRevocationServer({
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
    const { ask, issuer, events, poll, api, clock } = await startRevocationServer({
      handler: (_request, response) => {
        void getAccess().then(({ permissions }) => response.end(JSON.stringify(permissions)));
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

  it("a changed membership is asked about anew at the next poll, once", async () => {
    const { ask, issuer, events, poll, api } = await startRevocationServer({
      handler: (_request, response) => {
        void getAccess().then(({ permissions }) => response.end(JSON.stringify(permissions)));
      },
    });
    const token = issuer.sign({ claims: { org_id: ACME } });
    await ask(token);
    const { asked } = api;
    await ask(token);
    expect(api.asked).toBe(asked);
    events.push(event("organization_membership.updated", membership("active")));
    await poll();
    expect((await ask(token)).status).toBe(200);
    expect(api.asked).toBe(asked + 1);
    await ask(token);
    expect(api.asked).toBe(asked + 1);
  });

  it("a revoked API key is asked about anew, and so refused", async () => {
    const { ask, events, poll, api } = await startRevocationServer({
      config: { callers: ["user", "api-key"] },
      handler: (_request, response) => void response.end("{}"),
    });
    const key = "sk_nightly_export_0123";
    expect((await ask(key)).status).toBe(200);
    const { asked } = api;
    expect((await ask(key)).status).toBe(200);
    expect(api.asked).toBe(asked);
    api.isKeyKnown = false;
    events.push(event("api_key.revoked", API_KEY));
    await poll();
    expect(await reasonOf(await ask(key))).toBe("api_key_invalid");
  });

  it("an event that cannot be read is reported and passed over, and the rest is read", async () => {
    const { ask, issuer, events, poll, lines } = await startRevocationServer();
    events.push({
      object: "event",
      id: "event_1",
      event: "user.deleted",
      created_at: at(),
      data: { object: "user" },
    });
    events.push({ object: "event", id: "event_2", event: "x.new", created_at: at(), data: null });
    events.push({ object: "event", id: "event_3" });
    events.push(event("user.deleted", { object: "user", id: ADA }));
    await poll();
    expect(await reasonOf(await ask(issuer.sign()))).toBe("token_revoked");
    const why =
      "of the Events API or a webhook does not say whom it is about; is there a newer version of this package?";
    expect(lines.filter((line) => line.includes("event_unreadable"))).toEqual([
      `warn [workos] event_unreadable: user.deleted ${why}`,
      `warn [workos] event_unreadable: an event without a type ${why}`,
    ]);
  });

  it("says once that the feed is down and once that it is back, and comes back hardly slower", async () => {
    const { poll, api, lines, delays, clock, reads } = await startRevocationServer({
      config: { revocation: { pollSeconds: 10 } },
    });
    const pollInTime = (): Promise<void> => {
      clock.now += delays.at(-1) ?? 0;
      return poll();
    };
    lines.length = 0;
    api.eventsStatus = 503;
    for (let failure = 0; failure < 10; failure += 1) await pollInTime();
    api.eventsStatus = 200;
    await pollInTime();
    // Each of them asked: no circuit breaker was in the way.
    expect(reads).toHaveLength(12);
    expect(lines).toEqual([
      "warn [workos] The WorkOS API is unreachable for events: the Events API answered 503, so revocations are noticed late",
      "info [workos] The WorkOS API is recovered for events: events are read again; nothing was missed",
    ]);
    // Ten seconds, a tenth more or less, and later and later by five seconds at most.
    const least = [9, 9, 10, 12, 14, 14, 14, 14, 14, 14, 14, 9];
    const late = delays.map((delay, index) => delay / 1000 - (least[index] ?? 0));
    expect(late).toHaveLength(12);
    expect(late.filter((seconds) => seconds < 0 || seconds > 2)).toEqual([]);
  });

  it("fails closed when a strict operator asks for it, with 503, and opens again", async () => {
    const { ask, issuer, poll, api, clock, middleware } = await startRevocationServer({
      config: { revocation: { pollSeconds: 10, failClosedAfterSeconds: 60 } },
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
      revocation: { stalenessSeconds: 60.001, subjects: 0 },
    });
    api.status = 200;
    await poll();
    expect((await ask(token)).status).toBe(200);
    expect(await middleware.health()).toMatchObject({
      isReady: true,
      revocation: { stalenessSeconds: 0 },
    });
  });
});

describe("a server that has just started", () => {
  it("lets no caller in before it has read what was revoked", async () => {
    let answerFirst = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      answerFirst = resolve;
    });
    const deleted = event("user.deleted", { object: "user", id: ADA });
    const issuer = createHomeIssuer();
    const server = await startGuarded({
      issuer,
      config: { revocation: {} },
      schedule: () => () => undefined,
      fetch: async (input, init) => {
        const url = new URL(input instanceof Request ? input.url : String(input));
        if (url.host !== "api.workos.com") return issuer.fetch(input, init);
        await held;
        return Response.json({ object: "list", data: [deleted], list_metadata: {} });
      },
    });
    const response = server.ask(server.issuer.sign());
    const first = await Promise.race([
      response,
      new Promise((resolve) => setTimeout(resolve, 50, "still waiting")),
    ]);
    expect(first).toBe("still waiting");
    expect(server.reached.count).toBe(0);
    answerFirst();
    expect(await reasonOf(await response)).toBe("token_revoked");
  });
});

describe("the cursor", () => {
  it("is dropped when WorkOS no longer knows it, and reading reaches back anew", async () => {
    const { events, poll, reads, api, ask, issuer } = await startRevocationServer({
      config: { revocation: { maxTokenLifetimeSeconds: 3600 } },
    });
    events.push(event("user.deleted", { object: "user", id: "user_01OTHER" }, at(-60_000)));
    await poll();
    api.status = 422;
    await poll();
    api.status = 200;
    events.push(event("user.deleted", { object: "user", id: ADA }));
    await poll();
    expect(reads.at(-1)?.get("range_start")).toBe(at(-3_660_000));
    expect(await reasonOf(await ask(issuer.sign()))).toBe("token_revoked");
  });
});
