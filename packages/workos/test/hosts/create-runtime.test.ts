import { afterEach, expect, it, vi } from "vitest";
import { createRuntime, createElapsed } from "../../src/hosts/create-runtime.js";
import { nodePlatform } from "../../src/hosts/node/platform.js";
import { workosProvider } from "../../src/index.js";
import { GOOD_CONFIG } from "../support/guarded-server.js";
import { createHomeIssuer } from "../support/issuer.js";
import { callInProcess } from "../attacks/in-process.js";

const HOUR = 3_600_000;

afterEach(() => {
  vi.useRealTimers();
});

it("measures time by a clock that does not go back when the machine's is set", () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: Date.UTC(2026, 0, 15) });
  const { now, elapsed } = createRuntime({}, [], undefined, nodePlatform);
  const [time, since] = [now(), elapsed()];
  vi.advanceTimersByTime(1_000);
  vi.setSystemTime(time - HOUR);
  expect(now()).toBe(time - HOUR);
  expect(elapsed() - since).toBe(1_000);
});

it("has noticed on waking how long the machine slept, though its steady clock stood still", () => {
  const [wall, steady] = [{ now: Date.UTC(2026, 0, 15) }, { now: 40 }];
  const elapsed = createElapsed(
    () => wall.now,
    () => steady.now,
  );
  const pass = (onWall: number, onSteady: number): number => {
    const before = elapsed();
    wall.now += onWall;
    steady.now += onSteady;
    return elapsed() - before;
  };
  expect(pass(8 * HOUR, 5)).toBe(8 * HOUR);
  expect(pass(20, 20)).toBe(20);
  // Clocks that drift apart a little are no sleep, and one that is set back makes nothing younger.
  expect(pass(1_500, 500)).toBe(500);
  expect(pass(-HOUR, 500)).toBe(500);
  expect(pass(1_501, 500)).toBe(1_501);
});

it("RS-56: a clock that is set back neither prolongs an outage nor keeps a withdrawn key", async () => {
  const start = Date.UTC(2026, 0, 15);
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: start + HOUR });
  const issuer = createHomeIssuer();
  issuer.addKey("key_2");
  const middleware = workosProvider(
    { ...GOOD_CONFIG, log: false },
    { env: {}, fetch: issuer.fetch },
  );
  const token = issuer.sign({ claims: { iat: start / 1000 - 10, exp: start / 1000 + 86_400 } });
  const status = async (): Promise<number> =>
    (await callInProcess(middleware, `Bearer ${token}`)).status;

  issuer.answer = () => new Response(null, { status: 500 });
  expect(await status()).toBe(503);
  vi.setSystemTime(start);
  issuer.answer = undefined;
  vi.advanceTimersByTime(1_000);
  expect(await status()).toBe(200);

  vi.setSystemTime(start - 2 * HOUR + HOUR);
  issuer.removeKey("key_1");
  vi.advanceTimersByTime(50_000);
  expect(await status()).toBe(401);
});
