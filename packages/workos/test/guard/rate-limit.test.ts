import { RateLimiterMemory } from "rate-limiter-flexible";
import { describe, expect, it } from "vitest";
import { createRateLimit } from "../../src/guard/rate-limit.js";
import type { AuthEvent } from "../../src/trail/event.js";
import { startGuarded, type GuardedServer } from "../support/guarded-server.js";

const start = (
  rateLimiter: { consume: (caller: string, points: number) => Promise<unknown> },
  body?: unknown,
): Promise<GuardedServer> =>
  startGuarded({
    config: { rateLimiter },
    before: (request) => void Object.assign(request, { body }),
  });

describe("rateLimiter", () => {
  it("lets each caller come so often, and says when to come back", async () => {
    const { ask, issuer, lines, reached } = await start(
      new RateLimiterMemory({ points: 2, duration: 3600 }),
    );
    const [ada, bob] = [issuer.sign(), issuer.sign({ claims: { sub: "user_01BOB" } })];
    expect((await ask(ada)).status).toBe(200);
    // Another token of the same person is no other caller.
    expect((await ask(issuer.sign({ claims: { jti: "jti_02" } }))).status).toBe(200);
    const refused = await ask(ada);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(3590);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(3600);
    expect(refused.headers.get("www-authenticate")).toBeNull();
    expect(await refused.json()).toEqual({
      error: "too_many_requests",
      error_description: "Too many calls; try again later",
      reason: "rate_limited",
    });
    expect(lines.at(-1)).toMatch(
      /^warn \[workos\] Refused POST of user user_01ADA with 429 rate_limited: user user_01ADA has used up its calls and may come back in 3[56]\d\d s; see rateLimiter$/,
    );
    expect((await ask(bob)).status).toBe(200);
    expect(reached.count).toBe(3);
  });

  it.each([
    [{ kind: "api-key", key: { id: "api_key_01KEY" } }, "api-key api_key_01KEY"],
    [
      { kind: "access-token", principal: { kind: "application", id: "client_01APP" } },
      "application client_01APP",
    ],
  ])("gives every machine a budget of its own: %j", async (credential, budget) => {
    const asked: string[] = [];
    const consume = async (caller: string): Promise<void> => void asked.push(caller);
    const limit = createRateLimit(
      { consume },
      () => undefined,
      () => () => undefined,
    );
    expect(await limit(credential as never, 1)).toBeUndefined();
    expect(asked).toEqual([budget]);
  });

  it("T-18: charges a caller for each use: every target of a message, and a message that names none", async () => {
    const asked: number[] = [];
    const charged = async (body: unknown): Promise<number | undefined> => {
      const consume = async (_caller: string, points: number): Promise<void> =>
        void asked.push(points);
      const { ask, issuer } = await start({ consume }, body);
      await ask(issuer.sign());
      return asked.at(-1);
    };
    const listen = (length: number): object => ({
      method: "subscriptions/listen",
      params: { notifications: { resourceSubscriptions: Array.from({ length }, () => "a:b") } },
    });
    expect(await charged(undefined)).toBe(1);
    expect(await charged({ method: "tools/call", params: { name: "x" } })).toBe(1);
    expect(await charged(listen(0))).toBe(1);
    expect(await charged(listen(100))).toBe(100);
    expect(await charged([listen(100), { method: "ping" }, listen(2)])).toBe(103);
    // What is refused for its size costs as much as the most that is not.
    expect(await charged(listen(3_000))).toBe(200);
    expect(await charged(Array.from({ length: 500 }, () => ({})))).toBe(200);
  });

  it("counts the messages of a batch, and nothing without a good token", async () => {
    const asked: [string, number][] = [];
    const limiter = {
      consume: (caller: string, points: number) => {
        asked.push([caller, points]);
        return Promise.resolve();
      },
    };
    const { ask, issuer } = await start(limiter, [{}, {}, {}]);
    await ask(issuer.sign());
    await ask("rubbish");
    await ask();
    expect(asked).toEqual([["user user_01ADA", 3]]);
    const empty = await start(limiter, []);
    await empty.ask(empty.issuer.sign());
    expect(asked.at(-1)).toEqual(["user user_01ADA", 1]);
  });

  it.each([
    [new Error("Redis is away"), "Redis is away"],
    ["no idea", "it rejected without msBeforeNext"],
  ])("lets calls through when the limiter fails, and reports it", async (failure, why) => {
    const { ask, issuer, lines } = await start({
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what others reject with
      consume: () => Promise.reject(failure),
    });
    expect((await ask(issuer.sign())).status).toBe(200);
    expect(lines.at(-1)).toBe(
      `warn [workos] rate_limiter_failed: calls are not being counted: ${why}`,
    );
  });

  it("lets calls through when the limiter hangs, and reports it", async () => {
    const { ask, issuer, lines } = await start({ consume: () => new Promise(() => undefined) });
    const token = issuer.sign();
    const before = performance.now();
    expect((await ask(token)).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThan(450);
    expect(lines.at(-1)).toBe(
      "warn [workos] rate_limiter_failed: calls are not being counted: it has not answered for 500 ms",
    );
  });

  it("waits half a second for the limiter, by the clock it is given, and leaves no timer behind", async () => {
    const planned = new Map<object, readonly [() => void, number]>();
    const events: AuthEvent[] = [];
    const answers: (() => void)[] = [];
    const limit = createRateLimit(
      { consume: () => new Promise<void>((resolve) => void answers.push(resolve)) },
      (event) => void events.push(event),
      (run, delay) => {
        const id = {};
        planned.set(id, [run, delay]);
        return () => void planned.delete(id);
      },
    );
    const credential = { kind: "api-key", key: { id: "api_key_01" } } as never;
    const answered = limit(credential, 1);
    answers[0]?.();
    expect(await answered).toBeUndefined();
    expect([planned.size, events]).toEqual([0, []]);
    const late = limit(credential, 1);
    const [[run, delay] = []] = planned.values();
    expect(delay).toBe(500);
    run?.();
    expect(await late).toBeUndefined();
    expect(events).toMatchObject([{ kind: "advice", code: "rate_limiter_failed" }]);
    // What comes too late concerns no request any more.
    answers[1]?.();
  });

  it("is refused when it cannot count", async () => {
    await expect(startGuarded({ config: { rateLimiter: {} as never } })).rejects.toThrow(
      "rateLimiter must have consume(), as the limiters of rate-limiter-flexible do",
    );
  });
});
