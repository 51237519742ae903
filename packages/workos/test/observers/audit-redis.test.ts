import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { noRedis, startRealRedis, type RealRedis } from "../../../../test/support/real-redis.js";
import type { AuditLogOptions, AuditLogs, SharedOutbox } from "../../src/audit-logs.js";
import { redisOutbox, type RedisOutboxOptions } from "../../src/redis.js";
import { NOW } from "../support/issuer.js";
import { call, startAudited, type Audited } from "./audited.js";

let server: RealRedis;
beforeAll(async () => {
  if (noRedis === undefined) server = await startRealRedis();
});
afterAll(() => server?.close());

let stream = "";
beforeEach(({ skip, task }) => {
  if (noRedis !== undefined) skip(noRedis);
  stream = task.id;
});

function connect(): Redis {
  const redis = new Redis(server.url, { retryStrategy: () => 50 });
  redis.on("error", () => undefined);
  onTestFinished(() => {
    redis.disconnect();
  });
  return redis;
}

interface Instance extends Omit<Audited, "audit"> {
  readonly audit: AuditLogs<SharedOutbox>;
  readonly redis: Redis;
  readonly outbox: () => Promise<object | undefined>;
  readonly ids: () => string[];
}

/** An instance of a server whose events wait in the stream of the test. */
async function startInstance(
  {
    takeOverAfterSeconds = 60,
    ...options
  }: Omit<AuditLogOptions, "outbox"> & Partial<RedisOutboxOptions> = {},
  ...rest: [Parameters<typeof startAudited>[1]?, Parameters<typeof startAudited>[2]?]
): Promise<Instance> {
  const redis = connect();
  const outbox = redisOutbox(redis, { stream, takeOverAfterSeconds });
  const audited = await startAudited({ ...options, outbox: outbox as never }, ...rest);
  // The clock of these servers stands still else.
  const began = performance.now();
  Object.defineProperty(audited.clock, "now", { get: () => NOW + performance.now() - began });
  onTestFinished(async () => {
    await audited.middleware.close();
  });
  return Object.assign(audited, {
    audit: audited.audit as unknown as AuditLogs<SharedOutbox>,
    redis,
    outbox: async () => (await audited.middleware.health()).outbox,
    ids: () =>
      audited.received.map(
        ({ event }) => (event as unknown as { targets: [{ id: string }] }).targets[0].id,
      ),
  });
}

/** WorkOS asks to be left alone for a second; an outage is tried ever more rarely, which a test cannot wait for. */
const BUSY = (): Response => Response.json({}, { status: 429, headers: { "retry-after": "1" } });
const TAKEN = (): Response => Response.json({ success: true }, { status: 201 });

const isEmpty = async ({ outbox }: Instance): Promise<void> => {
  await vi.waitFor(async () => expect(await outbox()).toMatchObject({ waiting: 0 }), 10_000);
};

describe("auditLogs() with an outbox in Redis", () => {
  it("stores a call before it runs, and delivers it once it has ended", async () => {
    const look = connect();
    const seen: unknown[] = [];
    const instance = await startInstance({}, {}, (_request, response) => {
      void look.xlen(`{${stream}}:held`).then((length) => {
        seen.push(length);
        response.end("{}");
      });
    });
    await instance.call(call("refund"));
    await vi.waitFor(() => expect(instance.received).toHaveLength(1));
    expect(seen).toEqual([1]);
    expect(instance.received[0]?.event).toMatchObject({
      action: "mcp.tool.called",
      metadata: { outcome: "answered" },
    });
    await isEmpty(instance);
    expect((await look.keys(`*${stream}*`)).toSorted()).toEqual([stream, `{${stream}}:held`]);
    expect(instance.lines.filter((line) => line.includes("audit"))).toEqual([]);
  });

  it("runs a call after half a second when Redis does not answer, sends its event from memory, and logs both ends once", async () => {
    const instance = await startInstance();
    await instance.call(call("before"));
    await isEmpty(instance);
    server.pause();
    onTestFinished(() => server.goOn());
    const began = performance.now();
    expect((await instance.call(call("first"))).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThan(450);
    for (const name of ["second", "third"]) await instance.call(call(name));
    await vi.waitFor(() => expect(instance.ids()).toEqual(["before", "first", "second", "third"]));
    server.goOn();
    await vi.waitFor(() => expect(outboxLines(instance)).toHaveLength(2), 10_000);
    await instance.call(call("after"));
    await isEmpty(instance);
    expect(instance.ids()).toEqual(["before", "first", "second", "third", "after"]);
    expect(new Set(instance.keys).size).toBe(5);
    expect(outboxLines(instance)).toEqual([
      `warn [workos] audit_outbox_failed: the outbox cannot be written, so audit log events wait in memory and end with this process: the Redis stream ${stream}: it has not answered for 500 ms`,
      "warn [workos] audit_outbox_failed: the outbox can be written again; 3 audit log events went by way of memory",
    ]);
    await vi.waitFor(async () => expect(await instance.redis.xlen(`{${stream}}:held`)).toBe(0));
    expect(await instance.redis.hlen(`{${stream}}:places`)).toBe(0);
  });

  it("sends a call from memory that ends while Redis does not answer", async () => {
    const answers: (() => void)[] = [];
    const instance = await startInstance({}, {}, (_request, response) => {
      answers.push(() => void response.end("{}"));
    });
    const running = instance.call(call("under-way"));
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    server.pause();
    onTestFinished(() => server.goOn());
    answers[0]?.();
    await running;
    await vi.waitFor(() => expect(instance.ids()).toEqual(["under-way"]), 5_000);
    server.goOn();
    await isEmpty(instance);
    expect(instance.keys).toHaveLength(1);
  });

  it("keeps events in memory while Redis is gone, and puts them there when it is back, so that another instance can send them", async () => {
    const instance = await startInstance({ takeOverAfterSeconds: 1 });
    instance.answer = BUSY;
    await instance.call(call("stored"));
    await server.stop();
    for (let at = 0; at < 20; at += 1) await instance.call(call(`gone-${at}`));
    expect(await instance.outbox()).toMatchObject({ waiting: 21, lost: 0 });
    await server.start();
    await vi.waitFor(() => expect(outboxLines(instance)).toHaveLength(2), 10_000);
    await vi.waitFor(
      async () =>
        expect(
          (await instance.redis.xlen(stream)) + (await instance.redis.xlen(`{${stream}}:held`)),
        ).toBe(21),
      10_000,
    );
    // It dies.
    instance.redis.disconnect();
    const other = await startInstance({ takeOverAfterSeconds: 1 });
    await vi.waitFor(() => expect(other.ids()).toHaveLength(21), 10_000);
    expect(new Set(other.keys).size).toBe(21);
    await isEmpty(other);
  });

  it("has everything still after Redis was killed and started again", async () => {
    const instance = await startInstance();
    instance.answer = BUSY;
    for (let at = 0; at < 50; at += 1) await instance.call(call(`kept-${at}`));
    await server.stop("SIGKILL");
    await server.start();
    instance.answer = TAKEN;
    await vi.waitFor(() => expect(new Set(instance.ids()).size).toBe(50), 30_000);
    expect(instance.ids()).toHaveLength(50);
    await isEmpty(instance);
  });

  it("starts while Redis is away, and uses it when it is there", async () => {
    await server.stop();
    const instance = await startInstance();
    instance.answer = BUSY;
    await instance.call(call("early"));
    await server.start();
    await vi.waitFor(() => expect(outboxLines(instance)).toHaveLength(2), 10_000);
    await vi.waitFor(async () => expect(await instance.redis.xlen(`{${stream}}:held`)).toBe(1));
    instance.answer = TAKEN;
    await vi.waitFor(() => expect(instance.ids()).toEqual(["early"]), 10_000);
  });

  it("goes on when Redis forgot everything, and loses no call that is under way", async () => {
    const answers: (() => void)[] = [];
    const instance = await startInstance({}, {}, (_request, response) => {
      answers.push(() => void response.end("{}"));
    });
    const running = instance.call(call("under-way"));
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    await instance.redis.flushall();
    answers[0]?.();
    await running;
    await vi.waitFor(() => expect(instance.ids()).toEqual(["under-way"]), 5_000);
    await isEmpty(instance);
    expect(outboxLines(instance)).toEqual([]);
  });

  it("shares one stream between instances: thousands of events, each sent once, by whichever takes it", async () => {
    const instances = await Promise.all([startInstance(), startInstance(), startInstance()]);
    for (const one of instances) one.answer = BUSY;
    const [first] = instances;
    for (let round = 0; round < 25; round += 1) {
      await Promise.all(
        Array.from({ length: 120 }, async (_, at) =>
          instances[at % 3]?.call(call(`${round}-${at}`)),
        ),
      );
    }
    await vi.waitFor(
      async () => expect(await first.outbox()).toMatchObject({ waiting: 3_000 }),
      5_000,
    );
    for (const one of instances) {
      one.answer = TAKEN;
    }
    const all = (): (string | null)[] =>
      instances.flatMap((one) => one.received.map(({ key }) => key));
    await vi.waitFor(() => expect(new Set(all()).size).toBe(3_000), {
      timeout: 60_000,
      interval: 200,
    });
    expect(all()).toHaveLength(3_000);
    await isEmpty(first);
    expect(instances.every((one) => one.ids().length > 0)).toBe(true);
  }, 120_000);

  it("sends what a dead instance had taken and what it had under way, as unknown, and leaves what lives alone", async () => {
    const alive = await startInstance({ takeOverAfterSeconds: 1 }, {}, () => undefined);
    let isAnswering = true;
    const dead = await startInstance({ takeOverAfterSeconds: 1 }, {}, (_request, response) => {
      if (isAnswering) response.end("{}");
    });
    const third = await startInstance({ takeOverAfterSeconds: 1 });
    const living = [alive, third];
    for (const one of [...living, dead]) one.answer = BUSY;
    void alive.call(call("alive")).catch(() => undefined);
    await dead.call(call("taken"));
    isAnswering = false;
    void dead.call(call("under-way")).catch(() => undefined);
    await vi.waitFor(async () => expect(await alive.outbox()).toMatchObject({ waiting: 3 }), 5_000);
    dead.redis.disconnect();
    for (const one of living) one.answer = TAKEN;
    const ids = (): string[] => living.flatMap((one) => one.ids());
    await vi.waitFor(() => expect(ids().toSorted()).toEqual(["taken", "under-way"]), 20_000);
    const outcomes = living.flatMap(({ received }) =>
      received.map(({ event }) => event.metadata["outcome"]),
    );
    expect(outcomes.map(String).toSorted()).toEqual(["answered", "unknown"]);
    // The call of the one that lives is not taken from it, however long it lasts.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(ids()).toHaveLength(2);
    expect(await alive.outbox()).toMatchObject({ waiting: 1 });
  });

  it("makes room as a file does: denied calls first, then those of the caller that has most", async () => {
    const instance = await startInstance(
      { capacity: 5, maxPerSecond: 0.001 },
      { access: { tools: { "*": "authenticated", secret: "denied" } } },
    );
    instance.answer = BUSY;
    await instance.call(call("of-bob"), { sub: "user_01BOB" });
    for (let at = 0; at < 10; at += 1) await instance.call(call("secret"));
    expect(await instance.outbox()).toMatchObject({ waiting: 5 });
    for (let at = 0; at < 10; at += 1) await instance.call(call(`ada-${at}`));
    await vi.waitFor(async () => expect(await instance.outbox()).toMatchObject({ waiting: 5 }));
    expect((await instance.outbox()) as { lost: number }).toMatchObject({ lost: 16 });
    expect(instance.lines.filter((line) => line.includes("audit_outbox_full"))).toEqual([
      "warn [workos] audit_outbox_full: the outbox holds 5 audit log events and is full: the oldest denied of user user_01ADA are dropped",
    ]);
    instance.answer = TAKEN;
    await instance.middleware.close();
    expect(instance.ids()).toEqual(["of-bob", "ada-6", "ada-7", "ada-8", "ada-9"]);
  });

  it("keeps the first of a caller with drop-newest", async () => {
    const instance = await startInstance({
      capacity: 3,
      maxPerSecond: 0.001,
      whenFull: "drop-newest",
    });
    instance.answer = BUSY;
    for (let at = 0; at < 6; at += 1) await instance.call(call(`ada-${at}`));
    await vi.waitFor(async () => expect(await instance.outbox()).toMatchObject({ lost: 3 }));
    instance.answer = TAKEN;
    await instance.middleware.close();
    expect(instance.ids()).toEqual(["ada-0", "ada-1", "ada-2"]);
    expect(instance.lines.filter((line) => line.includes("audit_outbox_full"))).toEqual([
      "warn [workos] audit_outbox_full: the outbox holds 3 audit log events and is full: the newest of user user_01ADA are dropped",
      "warn [workos] audit_outbox_full: the outbox has room again; 3 audit log events were dropped: 3 of user user_01ADA",
    ]);
  });

  it("keeps failed entries for all instances, as many as may wait, and sends them again", async () => {
    const [one, other] = [
      await startInstance({ capacity: 3 }),
      await startInstance({ capacity: 3 }),
    ];
    for (const instance of [one, other]) {
      instance.answer = () => Response.json({ message: "no schema" }, { status: 400 });
    }
    for (const name of ["a", "b", "c", "d"]) {
      await one.call(call(name));
      await isEmpty(one);
    }
    await vi.waitFor(async () => expect(await other.outbox()).toMatchObject({ failed: 3 }), 5_000);
    const failed = await other.audit.failedEntries();
    expect(failed.map(({ event }) => event?.targets[0]?.id)).toEqual(["b", "c", "d"]);
    expect(failed[0]).toMatchObject({ organizationId: "org_01ACME" });
    expect(failed[0]?.problem).toContain("400");
    expect(await one.outbox()).toMatchObject({ failed: 3 });
    for (const instance of [one, other]) {
      instance.answer = TAKEN;
    }
    expect(await other.audit.retry([failed[0]?.key ?? "", "gone"])).toBe(1);
    expect(await other.audit.retry()).toBe(2);
    expect(await other.audit.retry()).toBe(0);
    await vi.waitFor(() =>
      expect([...one.ids(), ...other.ids()].toSorted()).toEqual(["b", "c", "d"]),
    );
    await isEmpty(other);
    expect(await other.audit.failedEntries()).toEqual([]);
  });

  it("delivers what waits when the server closes, and leaves the rest to the others at once", async () => {
    const first = await startInstance({ maxPerSecond: 0.001 });
    for (let at = 0; at < 12; at += 1) await first.call(call(`last-${at}`));
    await first.middleware.close();
    expect(first.ids()).toHaveLength(12);

    const silent = await startInstance();
    silent.answer = BUSY;
    await silent.call(call("left"));
    await silent.middleware.close();
    expect(silent.lines.at(-1)).toBe(
      `warn [workos] audit_events_left: 1 audit log events were not delivered and wait in the Redis stream ${stream}`,
    );
    // Well before the minute after which an instance is taken for dead.
    const next = await startInstance();
    await vi.waitFor(() => expect(next.ids()).toEqual(["left"]), 20_000);
  });

  it("goes on storing after close(), so that a process that is ending loses no call", async () => {
    const answers: (() => void)[] = [];
    const first = await startInstance({}, {}, (_request, response) => {
      answers.push(() => void response.end("{}"));
    });
    const running = first.call(call("begun-before"));
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    await first.middleware.close();
    const late = first.call(call("begun-after"));
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    for (const answer of answers) answer();
    await Promise.all([running, late]);
    const second = await startInstance();
    await vi.waitFor(() =>
      expect(second.ids().toSorted()).toEqual(["begun-after", "begun-before"]),
    );
    expect(first.ids()).toEqual([]);
    expect(second.received.map(({ event }) => event.metadata["outcome"])).toEqual([
      "answered",
      "answered",
    ]);
  });

  it("sets aside what is no audit log event, and reports it once", async () => {
    const instance = await startInstance({ maxPerSecond: 0.001 });
    instance.answer = BUSY;
    for (const name of ["a", "b", "c"]) await instance.call(call(name));
    await instance.middleware.close();
    // Another program writes into the entries.
    const places = await instance.redis.hgetall(`{${stream}}:places`);
    for (const [key, place] of Object.entries(places).slice(0, 2)) {
      const [, , ...rest] = place.split(" ");
      const id = await instance.redis.xadd(stream, "*", "key", key, "entry", "{}");
      await instance.redis.hset(`{${stream}}:places`, key, ["r", id, ...rest].join(" "));
    }
    const next = await startInstance();
    await vi.waitFor(async () => expect(await next.audit.failedEntries()).toHaveLength(2), 10_000);
    await vi.waitFor(() => expect(next.ids()).toHaveLength(1), 10_000);
    expect(next.lines.filter((line) => line.includes("audit_event_refused"))).toHaveLength(1);
  });
});

it.each([
  [undefined, { stream: "x" }, "redis must be a client of ioredis, such as new Redis(url)"],
  [{ eval: async () => 0 }, {}, 'stream must be the name of a stream, such as "mcp-audit"'],
  [{ eval: async () => 0 }, { stream: " " }, "redisOutbox.stream must be the name of a stream"],
  [
    { eval: async () => 0 },
    { stream: "x", takeOverAfterSeconds: 0 },
    "redisOutbox.takeOverAfterSeconds must be a number of seconds from 1 to 3600",
  ],
])("redisOutbox(%j, %j) is refused with what to do", (redis, options, problem) => {
  expect(() => redisOutbox(redis as never, options as never)).toThrow(problem);
});

const outboxLines = ({ lines }: Instance): string[] =>
  lines.filter((line) => line.includes("audit_outbox_failed"));
