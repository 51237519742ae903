import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Trail, AuthEvent } from "../../src/trail/event.js";
import { createTrail } from "../../src/trail/observer.js";
import {
  joinRequestScopes,
  shield,
  type RequestScope,
  type CheckedObserver,
  type ObserverHooks,
} from "../../src/observers/hooks.js";

/** What would have ended the process, in the place of the handlers that the test runner has for it. */
function unhandled(): unknown[] {
  const seen: unknown[] = [];
  const before = process.listeners("unhandledRejection");
  const listen = (reason: unknown): void => void seen.push(reason);
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", listen);
  onTestFinished(() => {
    process.off("unhandledRejection", listen);
    for (const listener of before) process.on("unhandledRejection", listener);
  });
  return seen;
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

const thenable = (then: (resolve: unknown, reject: (error: Error) => void) => void): void =>
  // oxlint-disable-next-line unicorn/no-thenable -- what the observers of others may return
  ({ then }) as never;

const REQUEST = { method: "POST", headers: {}, meta: undefined };

const watching = (name: string, onEvent: CheckedObserver["onEvent"]): CheckedObserver => ({
  name,
  onEvent,
  hooks: {},
});
const hooked = (hooks: ObserverHooks): CheckedObserver => ({
  name: "hooked",
  onEvent: () => undefined,
  hooks,
});
const trailTo = (...observers: CheckedObserver[]): Trail =>
  createTrail(observers, undefined, () => 0);

const startScope = (scope: unknown): RequestScope => {
  const joined = joinRequestScopes([hooked({ startRequestScope: () => scope as RequestScope })]);
  if (joined === undefined) throw new Error("no observer has a scope");
  return joined(REQUEST);
};

describe("createTrail", () => {
  it("tells every observer, in order, a frozen event", () => {
    const received: [string, AuthEvent][] = [];
    const trail = trailTo(
      watching("first", (event) => void received.push(["first", event])),
      watching("second", (event) => void received.push(["second", event])),
    );
    trail({ kind: "fault", detail: "x" });
    expect(received).toEqual([
      ["first", { kind: "fault", detail: "x" }],
      ["second", { kind: "fault", detail: "x" }],
    ]);
    expect(received.every(([, event]) => Object.isFrozen(event))).toBe(true);
  });

  it("does not let a broken observer break a request or its neighbour", () => {
    const received: string[] = [];
    const trail = trailTo(
      watching("broken", () => {
        throw new Error("broken");
      }),
      watching("received", (event) => void received.push(event.kind)),
    );
    expect(() => {
      trail({ kind: "fault", detail: "x" });
    }).not.toThrow();
    expect(received).toEqual(["advice", "fault"]);
  });

  it("reports a broken observer once a minute by its name, and how often it failed since", () => {
    let now = 0;
    const received: string[] = [];
    const lines: string[] = [];
    const broken = (name: string): CheckedObserver =>
      watching(name, () => {
        throw new Error(`${name} is away`);
      });
    const watch = watching("watch", (event) => void received.push(event.kind));
    const trail = createTrail(
      [broken("siem"), watch, broken("queue")],
      (event) => void (event.kind === "advice" && lines.push(`${event.code}: ${event.detail}`)),
      () => now,
    );
    const failing = (name: string, more = ""): string =>
      `observer_failed: the observer ${name} failed, and the request went on: ${name} is away${more}`;
    for (let time = 0; time < 1_000; time += 1) trail({ kind: "fault", detail: "x" });
    expect(lines).toEqual([failing("siem"), failing("queue")]);
    now = 59_999;
    trail({ kind: "fault", detail: "x" });
    expect(lines).toHaveLength(2);
    now = 60_000;
    trail({ kind: "fault", detail: "x" });
    const more = " (1000 more since the last line)";
    expect(lines.slice(2)).toEqual([failing("siem", more), failing("queue", more)]);
    expect(received.filter((kind) => kind === "fault")).toHaveLength(1_002);
    expect(received.filter((kind) => kind === "advice")).toHaveLength(4);
  });

  it("writes the log first, and survives a logger that throws", () => {
    const order: string[] = [];
    const trail = createTrail(
      [watching("one", () => void order.push("one"))],
      () => {
        order.push("log");
        throw new Error("the disk is full");
      },
      () => 0,
    );
    trail({ kind: "fault", detail: "x" });
    expect(order).toEqual(["log", "one"]);
  });

  it("does not let an asynchronous observer that fails end the process", async () => {
    const seen = unhandled();
    const trail = trailTo(
      watching("async", async () => Promise.reject(new Error("the SIEM is away"))),
      // As some libraries make them: no Promise, but a caller that waits for it gets one.
      watching("thenable", () => thenable((_, reject) => reject(new Error("away")))),
    );
    trail({ kind: "fault", detail: "x" });
    await turns();
    expect(seen).toEqual([]);
  });
});

describe("a request scope", () => {
  const work = () => {
    let count = 0;
    return { count: () => count, run: (): string => `run ${(count += 1)}` };
  };

  it.each<[string, RequestScope["run"]]>([
    [
      "throws before the work",
      () => {
        throw new Error("shut down");
      },
    ],
    [
      "throws after the work",
      (task) => {
        task();
        throw new Error("shut down");
      },
    ],
    ["never runs it", () => undefined as never],
    [
      "runs it twice",
      (task) => {
        task();
        return task();
      },
    ],
    [
      "returns something else",
      (task) => {
        task();
        return "other" as never;
      },
    ],
    ["is no function", undefined as never],
  ])("that %s changes nothing: the work runs once, and its result passes", (_, run) => {
    const { count, run: task } = work();
    expect(startScope({ run, end: () => undefined }).run(task)).toBe("run 1");
    expect(count()).toBe(1);
  });

  it("does not swallow what the work throws, nor make a promise of it", async () => {
    const failing = (): never => {
      throw new Error("the work's own");
    };
    for (const run of [
      (task: () => unknown) => task(),
      (task: () => unknown) => {
        try {
          task();
        } catch {
          return "all is well";
        }
        return undefined;
      },
    ]) {
      const { run: within } = startScope({ run, end: () => undefined });
      expect(() => within(failing)).toThrow("the work's own");
    }
    const promise = Promise.resolve("late");
    const { run } = startScope({ run: (task: () => unknown) => task(), end: () => undefined });
    expect(run(() => promise)).toBe(promise);
    await promise;
  });

  it("that is asynchronous and fails does not end the process", async () => {
    const seen = unhandled();
    const fail = async (): Promise<never> => Promise.reject(new Error("shut down"));
    const { run, end } = startScope({ run: fail, end: fail });
    expect(run(() => 5)).toBe(5);
    end(200);
    const late = startScope(fail());
    expect(late.run(() => 6)).toBe(6);
    late.end(200);
    const throwing = startScope({
      run: async (task: () => unknown) => task(),
      end: () => undefined,
    });
    expect(() =>
      throwing.run(() => {
        throw new Error("the work's own");
      }),
    ).toThrow("own");
    await turns();
    expect(seen).toEqual([]);
  });

  it("that fails leaves its neighbours their context", () => {
    const order: string[] = [];
    const named = (name: string): CheckedObserver =>
      hooked({
        startRequestScope: () => ({
          run: <Result>(task: () => Result): Result => {
            order.push(name);
            if (name === "broken") throw new Error("broken");
            return task();
          },
          end: () => undefined,
        }),
      });
    const joined = joinRequestScopes([named("outer"), named("broken"), named("inner")]);
    expect(joined?.(REQUEST).run(() => order.join(" "))).toBe("outer broken inner");
  });
});

describe("an observer that delivers something", () => {
  it("cannot make health() or close() of the server fail", async () => {
    let isBroken = false;
    const shielded = shield({
      health: () => {
        if (isBroken) throw new Error("the file is gone");
        return { waiting: 3, failed: 1, lost: 2, oldest: 7 };
      },
      close: () => Promise.reject(new Error("away")),
    });
    expect(shielded.health()).toEqual({ waiting: 3, failed: 1, lost: 2, oldest: 7 });
    isBroken = true;
    expect(shielded.health()).toEqual({ waiting: 3, failed: 1, lost: 2, oldest: 7 });
    await expect(shielded.close(10)).resolves.toBeUndefined();
  });
});

it("T-18: an observer whose close() never settles is left alone half a second after its time", async () => {
  vi.useFakeTimers();
  let isClosed = false;
  const { close } = shield({
    health: () => ({ waiting: 0, failed: 0, lost: 0, oldest: undefined }),
    close: () => new Promise(() => undefined),
  });
  const closing = close(5_000).then(() => (isClosed = true));
  await vi.advanceTimersByTimeAsync(5_499);
  expect(isClosed).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await closing;
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
