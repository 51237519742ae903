import { describe, expect, it } from "vitest";
import { SECONDS } from "./issuer.js";
import { ADA, at, event, reasonOf, startWatched, type Watched } from "./watched.js";

const MINUTE = 60_000;
const DAY = 86_400_000;
const BOB = "user_01BOB";

/** A token of so many seconds that was issued so many seconds ago. */
const tokenOf = (
  { issuer }: Watched,
  { age, lives, sub = ADA }: { age: number; lives: number; sub?: string },
): string =>
  issuer.sign({
    claims: { sub, iat: SECONDS - age, exp: SECONDS - age + lives, jti: `${sub}${age}` },
  });

const deleted = (createdAt = at()): Record<string, unknown> =>
  event("user.deleted", { object: "user", id: ADA }, createdAt);

const startOf = ({ reads }: Watched): (string | null | undefined)[] =>
  reads.map((query) => query.get("range_start"));

describe("a token that lives longer than longestToken says", () => {
  const config = { revocation: { longestToken: 60 } };

  it("stays refused when longestToken has passed, and the log says once what to set", async () => {
    const server = await startWatched({ config });
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
    expect(server.lines.filter((line) => line.includes("longest_token"))).toEqual([
      "warn [workos] longest_token_exceeded: an access token lives 3600 seconds, longer than revocation.longestToken says. Nobody removed gets in with it, but after a start such tokens wait until older events were read, and from their 30th day on they are refused. Set longestToken to how long your tokens live",
    ]);
  });

  it("after a restart waits until events were read as far back as it may be old", async () => {
    const server = await startWatched({ config, events: [deleted(at(-20 * MINUTE))] });
    expect(startOf(server)).toEqual([at(-65_000)]);
    const token = tokenOf(server, { age: 1500, lives: 3600 });
    expect(await reasonOf(await server.ask(token))).toBe("token_revoked");
    expect(startOf(server)).toEqual([at(-65_000), at(-3_605_000)]);

    // Nobody has to wait for it again.
    const bobs = tokenOf(server, { age: 3500, lives: 3600, sub: BOB });
    expect((await server.ask(bobs)).status).toBe(200);
    expect(server.reads).toHaveLength(2);
  });

  it("makes all who wait for it wait for the same read", async () => {
    const server = await startWatched({ config, events: [deleted(at(-20 * MINUTE))] });
    const ages = [1500, 1600, 1700, 1800, 1900];
    const answers = await Promise.all(
      ages.map((age) => server.ask(tokenOf(server, { age, lives: 3600 }))),
    );
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    expect(startOf(server)).toEqual([at(-65_000), at(-3_605_000)]);
  });

  it("is refused for the moment while those events cannot be read", async () => {
    const server = await startWatched({ config });
    const token = tokenOf(server, { age: 1500, lives: 3600 });
    const short = tokenOf(server, { age: 10, lives: 60 });
    server.api.eventsStatus = 500;
    for (let request = 0; request < 3; request += 1) {
      const refused = await server.ask(token);
      expect([refused.status, await reasonOf(refused)]).toEqual([503, "revocations_unknown"]);
    }
    // The first of them read, and the others left it to the next poll.
    expect(server.reads).toHaveLength(2);
    expect((await server.ask(short)).status).toBe(200);
    server.api.eventsStatus = 200;
    await server.poll();
    expect((await server.ask(token)).status).toBe(200);
    expect(startOf(server).at(-1)).toBe(at(-3_605_000));
  });

  it("is refused from the 30th day on, when WorkOS tells nothing of its time any more", async () => {
    const server = await startWatched({ config });
    const old = tokenOf(server, { age: 30 * 86_400, lives: 40 * 86_400 });
    expect(await reasonOf(await server.ask(old))).toBe("token_revoked");
    const young = tokenOf(server, { age: 29 * 86_400, lives: 40 * 86_400 });
    expect((await server.ask(young)).status).toBe(200);
    server.clock.now += DAY;
    expect(await reasonOf(await server.ask(young))).toBe("token_revoked");
  });

  it("stays refused for good, in its 30 days by what is remembered and after them by its age", async () => {
    const server = await startWatched({ config });
    const token = tokenOf(server, { age: 10, lives: 90 * 86_400 });
    server.events.push(deleted());
    await server.poll();
    for (let day = 0; day < 60; day += 1) {
      expect(await reasonOf(await server.ask(token))).toBe("token_revoked");
      server.clock.now += DAY;
    }
  });
});

describe("a token that does not say when it was issued", () => {
  const timeless = ({ issuer }: Watched, sub: string): string =>
    issuer.sign({ claims: { sub, iat: undefined } });

  it("is held against everything that WorkOS tells", async () => {
    const server = await startWatched({ events: [deleted(at(-20 * DAY))] });
    expect((await server.ask(timeless(server, BOB))).status).toBe(200);
    expect(await reasonOf(await server.ask(timeless(server, ADA)))).toBe("token_revoked");
    // 30 days less an hour.
    expect(startOf(server)).toEqual([at(-86_405_000), at(-2_588_400_000)]);
    server.clock.now += 1;
    expect((await server.ask(timeless(server, BOB))).status).toBe(200);
    expect(server.reads).toHaveLength(2);
  });
});

describe("how far back WorkOS tells", () => {
  const config = { revocation: { longestToken: 30 * 86_400 } };

  it("is not exceeded by the longest longestToken", async () => {
    const server = await startWatched({ config, events: [deleted(at(-20 * DAY))] });
    expect(startOf(server)).toEqual([at(-2_588_400_000)]);
    const token = tokenOf(server, { age: 25 * 86_400, lives: 30 * 86_400 });
    expect(await reasonOf(await server.ask(token))).toBe("token_revoked");
  });

  it("is found out when it is less than thought, and older tokens are refused", async () => {
    const server = await startWatched({
      config,
      events: [deleted(at(-2 * DAY))],
      api: { days: 8 },
    });
    await server.poll();
    await server.poll();
    expect(startOf(server)).toEqual([at(-2_588_400_000), at(-1_294_200_000), at(-647_100_000)]);
    const bobs = (days: number): string =>
      tokenOf(server, { age: days * 86_400, lives: 30 * 86_400, sub: BOB });
    expect((await server.ask(bobs(7))).status).toBe(200);
    expect(await reasonOf(await server.ask(bobs(8)))).toBe("token_revoked");
    const token = tokenOf(server, { age: 3 * 86_400, lives: 30 * 86_400 });
    expect(await reasonOf(await server.ask(token))).toBe("token_revoked");
    expect(server.lines.filter((line) => line.includes("for events"))).toEqual([
      "warn [workos] The WorkOS API is unreachable for events: the Events API answered 400, so revocations are noticed late",
      "info [workos] The WorkOS API is recovered for events: events are read again; nothing was missed",
    ]);
  });
});
