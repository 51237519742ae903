import { describe, expect, it } from "vitest";
import { startGuarded, type GuardedServer } from "../support/guarded-server.js";
import { createHomeIssuer } from "../support/issuer.js";
import { ADA, event, reasonOf, startRevocationServer } from "../support/revocation-server.js";

const strict = { revocation: { pollSeconds: 10, failClosedAfterSeconds: 60 } };

describe("a server that starts while the Events API is down", () => {
  it("lets no caller in and is not ready, when it fails closed, until all was read", async () => {
    const { ask, issuer, api, poll, events, middleware } = await startRevocationServer({
      config: strict,
      api: { eventsStatus: 503 },
    });
    events.push(event("user.deleted", { object: "user", id: ADA }));
    const [adas, bobs] = [issuer.sign(), issuer.sign({ claims: { sub: "user_01BOB" } })];
    for (const token of [adas, bobs]) {
      const refused = await ask(token);
      expect([refused.status, await reasonOf(refused)]).toEqual([503, "revocations_unknown"]);
    }
    expect(await middleware.health()).toMatchObject({
      isReady: false,
      revocation: { stalenessSeconds: Infinity, subjects: 0, isReachable: false },
    });
    api.eventsStatus = 200;
    await poll();
    expect(await reasonOf(await ask(adas))).toBe("token_revoked");
    expect((await ask(bobs)).status).toBe(200);
    expect(await middleware.health()).toMatchObject({
      isReady: true,
      revocation: { stalenessSeconds: 0, subjects: 1, isReachable: true },
    });
  });

  it("lets everybody in otherwise, and says that it knows nothing", async () => {
    const { ask, issuer, middleware } = await startRevocationServer({ api: { eventsStatus: 503 } });
    expect((await ask(issuer.sign())).status).toBe(200);
    expect(await middleware.health()).toMatchObject({
      isReady: true,
      revocation: { stalenessSeconds: Infinity, isReachable: false },
    });
  });
});

describe("a first read that takes longer than five seconds", () => {
  /** A server whose first read comes to its third page after six seconds, and gets it when told to. */
  async function startReading(revocation: object): Promise<GuardedServer & { finish: () => void }> {
    const issuer = createHomeIssuer();
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let reads = 0;
    const server = await startGuarded({
      issuer,
      config: { revocation },
      schedule: () => () => undefined,
      fetch: async (input, init) => {
        const url = new URL(input instanceof Request ? input.url : String(input));
        if (url.host !== "api.workos.com") return issuer.fetch(input, init);
        reads += 1;
        server.clock.now += 3_000;
        if (reads > 2) await held;
        const length = reads > 2 ? 0 : 100;
        const data = Array.from({ length }, (_, index) => ({
          ...event("user.deleted", { object: "user", id: `user_01N${index}` }),
        }));
        return Response.json({ object: "list", data, list_metadata: {} });
      },
    });
    return { ...server, finish };
  }

  it("is waited for no longer, and refuses with 503 when the server fails closed", async () => {
    const server = await startReading(strict.revocation);
    const refused = await server.ask(server.issuer.sign());
    expect([refused.status, await reasonOf(refused)]).toEqual([503, "revocations_unknown"]);
    server.finish();
    await expect.poll(async () => (await server.ask(server.issuer.sign())).status).toBe(200);
  });

  it("is waited for no longer, and lets in otherwise", async () => {
    const server = await startReading({});
    expect((await server.ask(server.issuer.sign())).status).toBe(200);
    server.finish();
  });
});

describe("an API that fails where people's rights are asked for", () => {
  it("keeps no event from being read", async () => {
    const { ask, issuer, api, events, poll, reads, lines, middleware, clock } =
      await startRevocationServer({
        config: { callers: ["user", "api-key"] },
      });
    api.questionsStatus = 500;
    for (let key = 0; key < 6; key += 1) await ask(`sk_nightly_export_${key}`);
    expect(lines.filter((line) => line.includes("for access"))).toEqual([
      "warn [workos] The WorkOS API is unreachable for access: the WorkOS API answered 500, 5 times in a row",
    ]);
    expect(api.asked).toBe(5);
    expect(await middleware.health()).toMatchObject({ api: { isReachable: false } });
    const before = reads.length;
    events.push(event("user.deleted", { object: "user", id: ADA }));
    await poll();
    expect(reads).toHaveLength(before + 1);
    expect(await reasonOf(await ask(issuer.sign()))).toBe("token_revoked");
    expect(await middleware.health()).toMatchObject({
      api: { isReachable: false },
      revocation: { stalenessSeconds: 0, isReachable: true },
    });
    // The next question would be asked.
    clock.now += 5_000;
    expect(await middleware.health()).toMatchObject({ api: { isReachable: true } });
  });
});
