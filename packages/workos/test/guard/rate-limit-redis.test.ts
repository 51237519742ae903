import { Redis } from "ioredis";
import { RateLimiterMemory, RateLimiterRedis } from "rate-limiter-flexible";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { startRedisServer, type RedisServer } from "../../../../test/support/redis-server.js";
import { startGuarded, type GuardedServer } from "../support/guarded-server.js";

let server: RedisServer;
beforeEach(async () => {
  server = await startRedisServer();
  return () => server.close();
});

/** A client as the guide has it, or as ioredis makes it of itself. */
function connect(options: object = GUIDE): Redis {
  const redis = new Redis(server.url, options);
  redis.on("error", () => undefined);
  onTestFinished(() => {
    redis.disconnect();
  });
  return redis;
}

const GUIDE = { enableOfflineQueue: false, connectTimeout: 1_000, commandTimeout: 250 };

const guarded = (redis: Redis, insurance?: RateLimiterMemory): Promise<GuardedServer> =>
  startGuarded({
    config: {
      rateLimiter: new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: "mcp",
        points: 2,
        duration: 60,
        ...(insurance === undefined ? {} : { insuranceLimiter: insurance }),
      }),
    },
  });

const isReady = (redis: Redis): Promise<void> =>
  vi.waitFor(() => {
    expect(redis.status).toBe("ready");
  });

/** How long it takes, in milliseconds, and the status. */
async function timed(asked: Promise<Response>): Promise<readonly [number, number]> {
  const before = performance.now();
  const { status } = await asked;
  return [status, performance.now() - before];
}

describe("a rate limiter on Redis", () => {
  it("is shared by a fleet: who has used up its calls at one instance has none at another", async () => {
    const clients = [connect(), connect()];
    await Promise.all(clients.map(isReady));
    const [one, other] = await Promise.all(clients.map((redis) => guarded(redis)));
    const ada = one?.issuer.sign() ?? "";
    expect((await one?.ask(ada))?.status).toBe(200);
    expect((await other?.ask(ada))?.status).toBe(200);
    const refused = await one?.ask(ada);
    expect(refused?.status).toBe(429);
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(50);
    expect(Number(refused?.headers.get("retry-after"))).toBeLessThanOrEqual(60);
    expect((await other?.ask(ada))?.status).toBe(429);
    expect([...server.consumed]).toEqual([["mcp:user user_01ADA", 4]]);
    expect((await other?.ask(one?.issuer.sign({ claims: { sub: "user_01BOB" } })))?.status).toBe(
      200,
    );
  });

  it("counts in memory while Redis is away", async () => {
    const redis = connect();
    await isReady(redis);
    const insurance = new RateLimiterMemory({ points: 1, duration: 60 });
    const { ask, issuer, lines } = await guarded(redis, insurance);
    const token = issuer.sign();
    await ask(token);
    await server.close();
    await vi.waitFor(() => expect(redis.status).not.toBe("ready"));
    expect((await ask(token)).status).toBe(200);
    expect((await ask(token)).status).toBe(429);
    expect(lines.join("\n")).not.toContain("rate_limiter_failed");
  });

  it("counts in memory while Redis does not answer", async () => {
    const redis = connect();
    await isReady(redis);
    const insurance = new RateLimiterMemory({ points: 1, duration: 60 });
    const { ask, issuer, lines } = await guarded(redis, insurance);
    server.hang();
    const token = issuer.sign();
    const [status, took] = await timed(ask(token));
    expect(status).toBe(200);
    expect(took).toBeGreaterThan(200);
    expect((await ask(token)).status).toBe(429);
    expect(lines.join("\n")).not.toContain("rate_limiter_failed");
  });

  it("lets calls through after half a second, and says so, when its client waits for Redis for ever", async () => {
    const redis = connect({});
    await isReady(redis);
    const { ask, issuer, lines } = await guarded(redis);
    server.hang();
    const [status, took] = await timed(ask(issuer.sign()));
    expect(status).toBe(200);
    expect(took).toBeGreaterThan(450);
    expect(lines.at(-1)).toBe(
      "warn [workos] rate_limiter_failed: calls are not being counted: it has not answered for 500 ms",
    );
  });

  it("is the one of the guide", async () => {
    vi.stubEnv("WORKOS_API_KEY", "sk_test_0123456789");
    vi.stubEnv("WORKOS_CLIENT_ID", "client_01DOCS");
    vi.stubEnv("WORKOS_AUTHKIT_DOMAIN", "docs.authkit.app");
    vi.stubEnv("BASE_URL", "https://mcp.example.com");
    vi.spyOn(console, "info").mockImplementation(() => undefined);
    onTestFinished(() => {
      vi.unstubAllEnvs();
      vi.restoreAllMocks();
    });
    const { limiterOfFleet } = await import("../../../../docs/snippets/rate-limit.js");
    const problems: Error[] = [];
    const rateLimiter = limiterOfFleet(server.url, (problem) => problems.push(problem));
    const { client: redis } = rateLimiter as unknown as { client: Redis };
    onTestFinished(() => {
      redis.disconnect();
    });
    expect(redis.options).toMatchObject(GUIDE);
    await isReady(redis);
    const { ask, issuer } = await startGuarded({ config: { rateLimiter } });
    expect((await ask(issuer.sign())).status).toBe(200);
    expect([...server.consumed]).toEqual([["mcp:user user_01ADA", 1]]);
    expect(problems).toEqual([]);
  });
});
