import { workosProvider } from "@xmcp-dev/workos";
import { Redis } from "ioredis";
import { RateLimiterMemory, RateLimiterRedis } from "rate-limiter-flexible";

// #region memory
export const limited = workosProvider({
  rateLimiter: new RateLimiterMemory({ points: 600, duration: 60 }),
});
// #endregion memory

// #region redis
export function limiterOfFleet(url: string, report: (problem: Error) => void) {
  const redis = new Redis(url, {
    // Without these a call waits as long as Redis is away: for ten seconds, or for ever.
    enableOfflineQueue: false,
    connectTimeout: 1_000,
    commandTimeout: 250,
  });
  redis.on("error", report);
  return new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: "mcp",
    points: 600,
    duration: 60,
    insuranceLimiter: new RateLimiterMemory({ points: 100, duration: 60 }),
  });
}
// #endregion redis
