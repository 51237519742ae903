import { describe, expect, it } from "vitest";
import { SECONDS } from "../support/issuer.js";
import {
  ADA,
  at,
  event,
  reasonOf,
  startRevocationServer,
  type RevocationServer,
} from "../support/revocation-server.js";

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const BOB = "user_01BOB";

/** A token of so many seconds that was issued so many seconds ago. */
const tokenOf = (
  { issuer }: RevocationServer,
  { age, lives, sub = ADA }: { age: number; lives: number; sub?: string },
): string =>
  issuer.sign({
    claims: { sub, iat: SECONDS - age, exp: SECONDS - age + lives, jti: `${sub}${age}` },
  });

const deleted = (createdAt = at()): Record<string, unknown> =>
  event("user.deleted", { object: "user", id: ADA }, createdAt);

const startOf = ({ reads }: RevocationServer): (string | null | undefined)[] =>
  reads.map((query) => query.get("range_start"));

describe("a token that lives longer than maxTokenLifetimeSeconds says", () => {
  const config = { revocation: { maxTokenLifetimeSeconds: 60 } };

  it("stays refused when maxTokenLifetimeSeconds has passed, and the log says once what to set", async () => {
    const server = await startRevocationServer({ config });
    const [token, bobs] = [
      tokenOf(server, { age: 10, lives: 3600 }),
      tokenOf(server, { age: 10, lives: 3600, sub: BOB }),
    ];
    server.events.push(deleted());
    await server.poll();
    expect(await reasonOf(await server.ask(token))).toBe("token_revoked");
    server.clock.now += 50 * MINUTE;
    await server.poll();
    expect(await reasonOf(await server.ask(token))).toBe("token_revoked");
    expect((await server.ask(bobs)).status).toBe(200);
    expect(server.lines.filter((line) => line.includes("token_lifetime"))).toEqual([
      "warn [workos] token_lifetime_exceeded: an access token lives 3600 seconds, longer than revocation.maxTokenLifetimeSeconds says. A removed user does not get in with it, but after a start such tokens are refused until they are refreshed. Set maxTokenLifetimeSeconds to how long your tokens live",
    ]);
  });

  it("is refused after a restart when it is older than what was read, and its person refreshes", async () => {
    const server = await startRevocationServer({ config, events: [deleted(at(-20 * MINUTE))] });
    expect(startOf(server)).toEqual([at(-120_000)]);
    for (const sub of [ADA, BOB]) {
      const refused = await server.ask(tokenOf(server, { age: 121, lives: 3600, sub }));
      expect([refused.status, await reasonOf(refused)]).toEqual([401, "token_too_old"]);
    }
    expect((await server.ask(tokenOf(server, { age: 120, lives: 3600, sub: BOB }))).status).toBe(
      200,
    );
    expect((await server.ask(tokenOf(server, { age: 0, lives: 3600, sub: BOB }))).status).toBe(200);
    // WorkOS was asked for no more.
    expect(server.reads).toHaveLength(1);
  });

  it("is refused from the 30th day on, when nothing of its time is remembered any more", async () => {
    const server = await startRevocationServer({ config });
    const token = tokenOf(server, { age: 10, lives: 40 * 86_400, sub: BOB });
    server.clock.now += 29 * DAY;
    await server.poll();
    expect((await server.ask(token)).status).toBe(200);
    server.clock.now += DAY;
    await server.poll();
    expect(await reasonOf(await server.ask(token))).toBe("token_too_old");
  });

  it("stays refused for good, in its 30 days by what is remembered and after them by its age", async () => {
    const server = await startRevocationServer({ config });
    const token = tokenOf(server, { age: 10, lives: 90 * 86_400 });
    server.events.push(deleted());
    await server.poll();
    for (let day = 0; day < 60; day += 1) {
      expect(["token_revoked", "token_too_old"]).toContain(await reasonOf(await server.ask(token)));
      server.clock.now += DAY;
    }
  });
});

describe("a token that does not say when it was issued", () => {
  const timeless = ({ issuer }: RevocationServer, sub: string): string =>
    issuer.sign({ claims: { sub, iat: undefined } });

  it("RS-48: is no access token, whatever was read", async () => {
    const server = await startRevocationServer({ events: [deleted(at(-20 * MINUTE))] });
    expect(await reasonOf(await server.ask(timeless(server, BOB)))).toBe("claim_missing");
    expect(await reasonOf(await server.ask(timeless(server, ADA)))).toBe("claim_missing");
  });
});

describe("how far back WorkOS tells", () => {
  const config = { revocation: { maxTokenLifetimeSeconds: 86_400 } };

  it("is not exceeded by the longest maxTokenLifetimeSeconds", async () => {
    const server = await startRevocationServer({ config, events: [deleted(at(-22 * HOUR))] });
    expect(startOf(server)).toEqual([at(-86_460_000)]);
    const token = tokenOf(server, { age: 23 * 3600, lives: 86_400 });
    expect(await reasonOf(await server.ask(token))).toBe("token_revoked");
  });

  it("is found out when it is less than thought, and older tokens are refused", async () => {
    const server = await startRevocationServer({
      config,
      events: [deleted(at(-2 * HOUR))],
      api: { days: 8 / 24 },
    });
    await server.poll();
    await server.poll();
    expect(startOf(server)).toEqual([at(-86_460_000), at(-43_230_000), at(-21_615_000)]);
    const bobs = (hours: number): string =>
      tokenOf(server, { age: hours * 3600, lives: 86_400, sub: BOB });
    expect((await server.ask(bobs(6))).status).toBe(200);
    expect(await reasonOf(await server.ask(bobs(7)))).toBe("token_too_old");
    const token = tokenOf(server, { age: 3 * 3600, lives: 86_400 });
    expect(await reasonOf(await server.ask(token))).toBe("token_revoked");
    expect(server.lines.filter((line) => line.includes("for events"))).toEqual([
      "warn [workos] The WorkOS API is unreachable for events: the Events API answered 400, so revocations are noticed late",
      "info [workos] The WorkOS API is recovered for events: events are read again; nothing was missed",
    ]);
  });
});
