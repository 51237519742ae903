import { expect, it } from "vitest";
import { startGuarded } from "../support/guarded-server.js";
import { createHomeIssuer, NOW, SECONDS } from "../support/issuer.js";

const adviceOf = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => line.includes("clock_differs"));

it("T-17: reports once, with amount and cure, that this machine's clock is behind AuthKit's", async () => {
  const server = await startGuarded();
  for (let second = 0; second < 6; second += 1) {
    const iat = SECONDS + second + 16;
    const response = await server.ask(server.issuer.sign({ claims: { iat, exp: iat + 300 } }));
    expect(response.status).toBe(401);
  }
  expect(adviceOf(server.lines)).toEqual([
    "warn [workos] clock_differs: this machine's clock is at least 18 s behind AuthKit's, more than the 10 s that clockToleranceSeconds allows, so new tokens are refused as issued in the future. Synchronize the clock by NTP; until then clockToleranceSeconds can be set to up to 60",
  ]);
});

it("T-17: reports by the Date of the key set that this machine's clock is ahead of AuthKit's", async () => {
  const issuer = createHomeIssuer();
  let now = NOW;
  issuer.answer = () =>
    Response.json(
      { keys: issuer.keys },
      { headers: { date: new Date(now - 100_000).toUTCString() } },
    );
  const server = await startGuarded({ issuer, config: { clockToleranceSeconds: 30 } });
  for (let fetches = 0; fetches < 5; fetches += 1) {
    now = server.clock.now += 60_000;
    const iat = now / 1000 - 100;
    await server.ask(issuer.sign({ claims: { iat, exp: iat + 300 } }));
    // Fetching ahead of the keys' age happens in the background.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(issuer.keySetFetches()).toBeGreaterThanOrEqual(3);
  expect(adviceOf(server.lines)).toEqual([
    "warn [workos] clock_differs: this machine's clock is at least 99 s ahead of AuthKit's, more than the 30 s that clockToleranceSeconds allows, so tokens are refused as expired before they are. Synchronize the clock by NTP; until then clockToleranceSeconds can be set to up to 60",
  ]);
});

it.each([
  [undefined, 10],
  [0, 0],
  [60, 60],
])("RS-48: accepts tokens by clockToleranceSeconds %s", async (clockToleranceSeconds, seconds) => {
  const server = await startGuarded({
    config: clockToleranceSeconds === undefined ? {} : { clockToleranceSeconds },
  });
  const statusOf = async (claims: Record<string, number>): Promise<number> =>
    (await server.ask(server.issuer.sign({ claims }))).status;
  expect(await statusOf({ iat: SECONDS + seconds, exp: SECONDS + 300 })).toBe(200);
  expect(await statusOf({ iat: SECONDS + seconds + 1, exp: SECONDS + 300 })).toBe(401);
  expect(await statusOf({ exp: SECONDS - seconds + 1 })).toBe(200);
  expect(await statusOf({ exp: SECONDS - seconds })).toBe(401);
});
