import type { RuntimeOverrides } from "../../server/runtime-overrides.js";
import { createRequestStorage } from "../../session/store.js";
import type { Schedule } from "../../standards/schedule.js";

/** What a Worker is lent beside each request. */
export interface WorkerContext {
  /** Keeps what the request began alive when it is answered, or its client has left: for 30 seconds at most. */
  waitUntil(work: Promise<unknown>): void;
}

/** Work in a runtime that ends whatever a request began as soon as the request is over. */
export interface RequestWork {
  readonly fetch: typeof globalThis.fetch;
  readonly schedule: Schedule;
  /** Runs one request, and what is due from others. */
  readonly run: <Result>(context: WorkerContext, next: () => Result) => Result;
  /** Runs what was scheduled by requests that are over. */
  readonly runDue: () => void;
  /** Keeps the current request alive until what is returned is called. */
  readonly keep: () => () => void;
}

/** What waits no longer than this, in milliseconds, keeps its request alive. */
const LONGEST_KEPT = 5_000;
/** In a request that began longer ago, in milliseconds, nothing is begun that was due later: it could be cut off. */
const YOUNG = 10_000;
/** What follows from what was kept is given this time, in milliseconds: it may begin something that is kept in its turn. */
const AFTERWARDS = 1_000;
/** The body of an answer is read within this time, in milliseconds, or no longer waited for. */
const LONGEST_READ = 10_000;

/**
 * Makes a `fetch` and a schedule that outlive the request in which they are called, since other requests may wait for
 * what it fetches: its `waitUntil` is given every fetch until its body was read, and every short wait.
 *
 * A longer wait ends with its request; what it waits for is done with the first request after its time. Does NOT help against a
 * runtime that ends a request by force.
 */
export function createRequestWork(
  fetch: NonNullable<RuntimeOverrides["fetch"]>,
  now: () => number,
): RequestWork {
  const contexts = createRequestStorage<{ readonly lent: WorkerContext; readonly since: number }>();
  const waiting = new Set<{ readonly at: number; readonly run: () => void }>();

  const keep = (): (() => void) => {
    let end = (): void => undefined;
    contexts.getStore()?.lent.waitUntil(
      new Promise<void>((resolve) => {
        end = resolve;
      }),
    );
    return () => void setTimeout(end, AFTERWARDS);
  };

  const runDue = (): void => {
    const time = now();
    const due = [...waiting].filter(({ at }) => at <= time);
    for (const { run } of due) run();
  };

  return {
    keep,
    runDue,
    run: (lent, next) =>
      contexts.run({ lent, since: Date.now() }, () => {
        runDue();
        return next();
      }),
    async fetch(input, init) {
      const end = keep();
      try {
        const { body, status, statusText, headers } = await fetch(input, init);
        if (body === null) end();
        const kept = body === null ? null : readThrough(body, end);
        return new Response(kept, { status, statusText, headers });
      } catch (error) {
        end();
        throw error;
      }
    },
    schedule(run, delay) {
      const end = delay <= LONGEST_KEPT ? keep() : undefined;
      const { since = 0 } = contexts.getStore() ?? {};
      const entry = {
        at: now() + delay,
        run: () => {
          if (!waiting.delete(entry)) return;
          run();
          end?.();
        },
      };
      waiting.add(entry);
      setTimeout(() => {
        if (Date.now() - since <= YOUNG) entry.run();
        else end?.();
      }, delay);
      return () => {
        if (waiting.delete(entry)) end?.();
      };
    },
  };
}

/** Returns a body as it comes, and learns when it was read or dropped. */
function readThrough(
  body: ReadableStream<Uint8Array>,
  onEnd: () => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const timer = setTimeout(onEnd, LONGEST_READ);
  const end = (): void => {
    clearTimeout(timer);
    onEnd();
  };
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) {
          controller.enqueue(value);
          return;
        }
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      end();
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason);
    },
  });
}
