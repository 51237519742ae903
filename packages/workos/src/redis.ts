export { redisOutbox, type RedisOutboxOptions } from "./audit/redis-outbox.js";
export type { RedisClient } from "./audit/redis-store.js";
export type { SharedOutbox } from "./audit/shared-outbox.js";
