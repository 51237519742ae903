import { describe, expect, it } from "vitest";
import { startGuarded } from "./guarded-server.js";
import { createHomeIssuer } from "./issuer.js";
import { startWatched } from "./watched.js";

describe("the configuration of revocation", () => {
  it.each([
    [{ pol: 5 }, "revocation.pol is unknown: is poll meant?"],
    [{ poll: 0 }, "revocation.poll must be a number of seconds from 1 to 3,600"],
    [
      { longestToken: 5 },
      "revocation.longestToken must be a number of seconds from 60 to 2,592,000",
    ],
    [{ consents: 0 }, "revocation.consents must be a number of seconds from 1 to 3,600"],
    [
      { poll: 10, failClosedAfter: 19 },
      "revocation.failClosedAfter must be a number of seconds from twice revocation.poll to 86,400",
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
      api: { isReachable: true },
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
      api: { isReachable: true },
    });
  });

  it("close() ends the polling and keeps judging requests", async () => {
    const { middleware, ask, issuer, delays, poll } = await startWatched();
    await poll();
    const before = delays.length;
    await middleware.close();
    expect((await ask(issuer.sign())).status).toBe(200);
    expect(delays).toHaveLength(before);
  });
});
