import { describe, expect, it } from "vitest";
import { readConfiguration } from "../../src/server/configuration.js";
import { GOOD_CONFIG, startGuarded } from "../support/guarded-server.js";
import { createHomeIssuer } from "../support/issuer.js";
import { startRevocationServer } from "../support/revocation-server.js";

describe("the configuration of revocation", () => {
  it.each([
    [{ pollSecond: 5 }, "revocation.pollSecond is unknown: is pollSeconds meant?"],
    [{ poll: 5 }, "revocation.poll is now called pollSeconds"],
    [{ longestToken: 5 }, "revocation.longestToken is now called maxTokenLifetimeSeconds"],
    [{ consents: 5 }, "revocation.consents is now called consentCheckSeconds"],
    [
      { failClosedAfter: 60_000 },
      "revocation.failClosedAfter is now called failClosedAfterSeconds",
    ],
    [
      { failClosedAfterSeconds: 60_000 },
      "revocation.failClosedAfterSeconds must be a number of seconds from 20 to 3,600: are milliseconds meant? 60,000 ms are 60",
    ],
    [
      { pollSeconds: 10_000 },
      "revocation.pollSeconds must be a number of seconds from 1 to 3,600: are milliseconds meant? 10,000 ms are 10",
    ],
    [
      { consentCheckSeconds: 60_000 },
      "revocation.consentCheckSeconds must be a number of seconds from 1 to 3,600: are milliseconds meant? 60,000 ms are 60",
    ],
    [
      { maxTokenLifetimeSeconds: 300_000 },
      "revocation.maxTokenLifetimeSeconds must be a number of seconds from 60 to 86,400: are milliseconds meant? 300,000 ms are 300",
    ],
    [{ pollSeconds: 0 }, "revocation.pollSeconds must be a number of seconds from 1 to 3,600"],
    [
      { maxTokenLifetimeSeconds: 5 },
      "revocation.maxTokenLifetimeSeconds must be a number of seconds from 60 to 86,400",
    ],
    [
      { consentCheckSeconds: 0 },
      "revocation.consentCheckSeconds must be a number of seconds from 1 to 3,600",
    ],
    [
      { pollSeconds: 10, failClosedAfterSeconds: 19 },
      "revocation.failClosedAfterSeconds must be a number of seconds from 20 to 3,600",
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
    [
      { webhook: { secret: "s", path: "/hook", events: [] } },
      "revocation.webhook.events is unknown; there are secret, path",
    ],
    [
      "often",
      "revocation must be true, or an object with pollSeconds, webhook, maxTokenLifetimeSeconds, consentCheckSeconds, failClosedAfterSeconds",
    ],
  ])("%j is refused", async (revocation, problem) => {
    const start = startRevocationServer({ config: { revocation: revocation as never } });
    await expect(start).rejects.toThrow(problem);
  });
});

it("revocation: true is the defaults, and false is none", () => {
  const settings = (revocation: boolean | object): unknown =>
    readConfiguration({ ...GOOD_CONFIG, revocation }, {}).revocation;
  expect(settings(true)).toEqual(settings({}));
  expect(settings(true)).toEqual({
    pollMs: 10_000,
    webhook: undefined,
    maxTokenLifetimeMs: 86_400_000,
    consentCheckMs: undefined,
    failClosedAfterMs: undefined,
  });
  expect(settings(false)).toBeUndefined();
});

describe("health and close", () => {
  it("fetches the keys, so that a server that was not called yet gets ready", async () => {
    const { middleware, issuer, clock } = await startGuarded();
    expect(await middleware.health()).toEqual({
      isReady: true,
      audience: "undetermined",
      keys: [{ issuer: "https://acme.authkit.app", ageSeconds: 0 }],
      api: { isReachable: true },
    });
    clock.now += 5_000;
    expect((await middleware.health()).keys[0]?.ageSeconds).toBe(5);
    expect(issuer.keySetFetches()).toBe(1);
  });

  it("is not ready without keys, and says so instead of failing", async () => {
    const issuer = createHomeIssuer();
    issuer.answer = () => new Response("no", { status: 500 });
    const { middleware } = await startGuarded({ issuer });
    expect(await middleware.health()).toEqual({
      isReady: false,
      audience: "undetermined",
      keys: [{ issuer: "https://acme.authkit.app", ageSeconds: undefined }],
      api: { isReachable: true },
    });
  });

  it("close() ends the polling and keeps judging requests", async () => {
    const { middleware, ask, issuer, delays, poll } = await startRevocationServer();
    await poll();
    const before = delays.length;
    await middleware.close();
    expect((await ask(issuer.sign())).status).toBe(200);
    expect(delays).toHaveLength(before);
  });
});
