/* One instance of a fleet: audit events wait in the Redis stream of all, and rate limits are counted there. */
import { createServer } from "node:http";
import { workosProvider } from "@xmcp-dev/workos";
import { auditLogs } from "@xmcp-dev/workos/audit-logs";
import { redisOutbox } from "@xmcp-dev/workos/redis";
import { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";

const { REDIS_URL = "", STREAM = "", POINTS = "" } = process.env;
const connect = (options = {}) =>
  new Redis(REDIS_URL, { ...options, retryStrategy: () => 100 }).on("error", () => undefined);

const observers =
  STREAM === ""
    ? []
    : [
        auditLogs({
          outbox: redisOutbox(connect(), { stream: STREAM, takeOverAfterSeconds: 2 }),
          maxPerSecond: 1_000,
        }),
      ];
const limits = { enableOfflineQueue: false, connectTimeout: 1_000, commandTimeout: 250 };
const rateLimiter =
  POINTS === ""
    ? undefined
    : new RateLimiterRedis({
        storeClient: connect(limits),
        keyPrefix: "mcp",
        points: Number(POINTS),
        duration: 600,
      });
const guard = workosProvider({ observers, ...(rateLimiter && { rateLimiter }) });

/**
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 */
const handle = async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  if (text !== "") Object.assign(request, { body: JSON.parse(text) });
  await guard(request, response, () => void response.end("touched"));
};
const server = createServer((request, response) => void handle(request, response));
server.listen(0, "127.0.0.1", () => console.log(`listening ${server.address().port}`));
