import { workosProvider } from "@xmcp-dev/workos";
import { RateLimiterMemory, RateLimiterRedis } from "rate-limiter-flexible";

// #region memory
export const limited = workosProvider({
  rateLimiter: new RateLimiterMemory({ points: 600, duration: 60 }),
});
// #endregion memory

/** Your Redis client: of the package ioredis, or of redis with `useRedisPackage: true`. */
declare const redis: object;

export function inFleet() {
  // #region redis
  const rateLimiter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: "mcp",
    points: 600,
    duration: 60,
    insuranceLimiter: new RateLimiterMemory({ points: 100, duration: 60 }),
  });
  return workosProvider({ rateLimiter });
  // #endregion redis
}
