import { ConfigurationError } from "../errors.js";
import { hasMethods, readFunctionOptions, type MemberForms } from "../known-members.js";
import { createRedisStore, type RedisClient } from "./redis-store.js";
import { openSharedOutbox, type SharedOutbox } from "./shared-outbox.js";

/** How events wait in Redis. */
export interface RedisOutboxOptions {
  /** Name of the stream; the outbox's other keys begin with it. The same in every instance of a server. */
  readonly stream: string;
  /**
   * Seconds after which an instance that gives no more signs is taken for dead, and others send what it left. Default
   * 60.
   */
  readonly takeOverAfterSeconds?: number;
}

const FORMS: MemberForms<RedisOutboxOptions> = {
  stream: {
    fits: (value) => typeof value === "string" && value.trim() !== "",
    must: 'must be the name of a stream, such as "mcp-audit"',
  },
  takeOverAfterSeconds: {
    fits: (value) => typeof value === "number" && value >= 1 && value <= 3_600,
    must: "must be a number of seconds from 1 to 3600",
  },
};
const REFUSED = "redisOutbox() cannot start";

/**
 * Makes an outbox for `auditLogs()` in a Redis stream, which all instances of a server share.
 *
 * Takes your client, an instance of ioredis, and neither connects nor closes it. Needs Redis 7 or newer.
 * Does NOT make Redis durable: what Redis loses is lost, so turn on its append-only file and `noeviction`.
 *
 * @throws ConfigurationError for options that cannot work.
 * @example
 * ```ts
 * const audit = auditLogs({ outbox: redisOutbox(redis, { stream: "mcp-audit" }) });
 * const middleware = workosProvider({ observers: [audit] });
 * ```
 * @see https://redis.io/docs/latest/develop/data-types/streams/
 */
export function redisOutbox(redis: RedisClient, given: RedisOutboxOptions): SharedOutbox {
  const { stream = "", takeOverAfterSeconds = 60 }: Partial<RedisOutboxOptions> =
    readFunctionOptions({ path: "redisOutbox", forms: FORMS, refused: REFUSED }, given);
  const problems = [
    ...(hasMethods(redis, "eval")
      ? []
      : [{ path: "redis", message: "redis must be a client of ioredis, such as new Redis(url)" }]),
    ...(stream === "" ? [{ path: "stream", message: `stream ${FORMS.stream.must}` }] : []),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems, REFUSED);
  return {
    place: `the Redis stream ${stream}`,
    open: (options) =>
      openSharedOutbox(
        createRedisStore(redis, { stream, takeOverAfterMs: takeOverAfterSeconds * 1_000 }),
        options,
      ),
  };
}
