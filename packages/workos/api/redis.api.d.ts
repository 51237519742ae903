// Exported

interface RedisClient {
    readonly eval: (script: string, keys: number, ...given: (string | number)[]) => Promise<unknown>;
}

interface RedisOutboxOptions {
    readonly stream: string;
    readonly takeOverAfterSeconds?: number;
}

interface SharedOutbox {
    readonly place: string;
}

function redisOutbox(redis: RedisClient, given: RedisOutboxOptions): SharedOutbox;
