import { describeNetworkFault } from "../standards/network-fault.js";
import { createBreaker } from "./breaker.js";
import { createCheckedFetch, readMethod } from "./checked-fetch.js";
import { ComeBackLaterError, UnusableAnswerError, isAboutQuestion } from "./failure.js";

/** One call of the WorkOS API, with its retries. */
export interface ApiCall {
  readonly method: string;
  /** The path, with `{id}` in the place of identifiers. */
  readonly route: string;
  /** Of the last attempt; undefined without an answer. */
  readonly status: number | undefined;
  readonly attempts: number;
  /** Milliseconds. */
  readonly durationMs: number;
}

/** What the API's fetch needs of the world around it. Times in milliseconds. */
export interface ApiFetchOptions {
  readonly fetch: typeof globalThis.fetch;
  /** Of a clock that never goes back. */
  readonly now: () => number;
  /** Since the epoch, for a Retry-After that is a date. */
  readonly wallClock: () => number;
  /** Calls a function later, once; returns what cancels it. */
  readonly schedule: (run: () => void, delay: number) => () => void;
  /** Further attempts of one call, at most. */
  readonly retries: number;
  /**
   * Whether a 5xx with Retry-After is thrown as a {@link ComeBackLaterError}, so that the caller learns of it. Not
   * for what tools ask: they get the SDK's own exceptions.
   */
  readonly throwsLater?: boolean;
  /** Whether calls fail at once for a while after several failures in a row. Default true. */
  readonly hasBreaker?: boolean;
  /** Called for every call; left out when calls are not observed. */
  readonly onCall: ((call: ApiCall) => void) | undefined;
  /** Takes the status of every answer, and what was asked: method and route. */
  readonly onAnswer?: ((status: number, call: string) => void) | undefined;
  /** Called when calls are no longer made, and when they are again. */
  readonly report: (state: "unreachable" | "recovered", detail: string) => void;
}

/** How calls are made, for health. */
export interface ApiFetch {
  readonly fetch: typeof globalThis.fetch;
  /** Whether calls are made; false while WorkOS is left alone after failures, and true again when the next one may be. */
  readonly isReachable: () => boolean;
}

/** Failures in a row after which WorkOS is left alone. */
const FAILURES = 5;
/** A retry waits so long, twice as long each further time; when Retry-After asks for more than the longest wait there is none. */
const FIRST_WAIT = 250;
const LONGEST_WAIT = 5_000;
/** A Retry-After counts up to this many seconds: no proxy's mistake stops calls of WorkOS for a day. */
const LONGEST_RETRY_AFTER_SECONDS = 3_600;
/** Retries that may come at once; each call that is no retry earns a tenth of one. */
const MOST_RETRIES = 10;
const EARNED = 0.1;

/**
 * Makes the `fetch` that everything about one matter goes through to the WorkOS API: retries within a budget,
 * and a circuit breaker.
 *
 * A call is tried again after a network error, a 5xx or a 429 when trying again is safe: GET, PUT and DELETE, what
 * carries an Idempotency-Key, and after a 429 everything. Retries may be a tenth of the calls, so that a struggling API
 * is not asked twice as much. After five failures in a row calls fail at once for five seconds; then one tries. A 429
 * is no failure, and neither is any other 4xx. An answer that cannot be WorkOS's own, such as a redirect or a gateway's
 * page, is one, and is not asked for again (see `createCheckedFetch()`). Retry-After is read in both its forms (RFC 9110
 * §10.2.3), an hour at most, and handed on in seconds. Does NOT time out: the caller's signal does.
 */
export function createApiFetch({
  fetch: unchecked,
  now,
  wallClock,
  schedule,
  retries,
  throwsLater = false,
  hasBreaker = true,
  onCall,
  onAnswer,
  report,
}: ApiFetchOptions): ApiFetch {
  const fetch = createCheckedFetch(unchecked);
  const breaker = createBreaker(hasBreaker ? FAILURES : Infinity, now, report);
  const budget = createRetryBudget();

  const attempt = async (
    input: Parameters<typeof globalThis.fetch>[0],
    init: RequestInit | undefined,
  ): Promise<Attempt> => {
    try {
      const response = await fetch(input, init);
      onAnswer?.(response.status, `${readMethod(input, init)} ${toRoute(input)}`);
      breaker.learn(response.status >= 500, `the WorkOS API answered ${response.status}`);
      return { response, status: response.status };
    } catch (error) {
      const answer = error instanceof UnusableAnswerError ? error : undefined;
      // A firewall's answer to one caller's question takes no answer from the others.
      if (!isAboutQuestion(answer?.answered)) {
        breaker.learn(true, `the WorkOS API ${answer?.problem ?? describeNetworkFault(error)}`);
      }
      return { error, status: answer?.answered };
    }
  };

  const call = async (
    input: Parameters<typeof globalThis.fetch>[0],
    init: RequestInit | undefined,
    count: (status: number | undefined) => void,
  ): Promise<Response> => {
    const isRepeatable = mayRepeat(input, init);
    for (let attempts = 1; ; attempts += 1) {
      const result = await attempt(input, init);
      const response = "response" in result ? result.response : undefined;
      const { status } = result;
      count(status);
      const isWorthIt = status === 429 || (isRepeatable && (status === undefined || status >= 500));
      const isOver = init?.signal?.aborted === true;
      const retryAfter = readRetryAfter(response, wallClock());
      const pause = retryAfter === undefined ? backoff(attempts) : retryAfter * 1000;
      const mayRetry = isWorthIt && !isOver && pause <= LONGEST_WAIT && attempts <= retries;
      if (!mayRetry || breaker.isOpen() || !budget.spend()) {
        if (response === undefined) throw (result as { readonly error: unknown }).error;
        if (retryAfter === undefined) return response;
        if (!throwsLater || response.status < 500) return inSeconds(response, retryAfter);
        await response.body?.cancel();
        throw new ComeBackLaterError(response.status, retryAfter);
      }
      // The connection is not free before its body is read.
      await response?.body?.cancel();
      await wait(pause, schedule, init?.signal);
    }
  };

  return {
    isReachable: breaker.mayTry,
    async fetch(input, init) {
      const startedAt = now();
      const end = breaker.begin();
      budget.earn();
      let attempts = 0;
      let status: number | undefined;
      try {
        return await call(input, init, (answer) => {
          attempts += 1;
          status = answer;
        });
      } finally {
        end();
        const durationMs = now() - startedAt;
        onCall?.({
          method: readMethod(input, init),
          route: toRoute(input),
          status,
          attempts,
          durationMs,
        });
      }
    },
  };
}

/** Makes the budget of retries: each call earns a part of one. */
function createRetryBudget(): { readonly earn: () => void; readonly spend: () => boolean } {
  let budget = MOST_RETRIES;
  return {
    earn() {
      budget = Math.min(MOST_RETRIES, budget + EARNED);
    },
    spend() {
      if (budget < 1) return false;
      budget -= 1;
      return true;
    },
  };
}

/** Resolves after a time, or rejects with the signal's reason as soon as that aborts. */
function wait(
  milliseconds: number,
  schedule: ApiFetchOptions["schedule"],
  signal: AbortSignal | null | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = schedule(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    const abort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** What came of one attempt, and the status that was answered, if any. */
type Attempt = { readonly status: number | undefined } & (
  | { readonly response: Response }
  | { readonly error: unknown }
);

/** Whether doing it twice does the same as doing it once (RFC 9110 §9.2.2). */
function mayRepeat(
  input: Parameters<typeof globalThis.fetch>[0],
  init: RequestInit | undefined,
): boolean {
  return (
    ["GET", "HEAD", "PUT", "DELETE"].includes(readMethod(input, init)) ||
    new Headers(init?.headers).has("idempotency-key")
  );
}

/** What a metric may be told by: without the query, and without names of people and organizations. */
function toRoute(input: Parameters<typeof globalThis.fetch>[0]): string {
  const { pathname } = new URL(input instanceof Request ? input.url : input);
  return pathname
    .split("/")
    .map((part) => (/^[a-z]+(_[a-z]+)*$|^$|^\.well-known$/.test(part) ? part : "{id}"))
    .join("/");
}

/** How long to wait before the next attempt when WorkOS does not say: longer each time, spread by half. */
function backoff(attempts: number): number {
  return FIRST_WAIT * 2 ** (attempts - 1) * (0.5 + Math.random());
}

/** How long WorkOS asks to be left alone, in seconds, if it does: a number or a date (RFC 9110 §10.2.3). */
function readRetryAfter(response: Response | undefined, wallClock: number): number | undefined {
  if (response === undefined || (response.status !== 429 && response.status < 500))
    return undefined;
  const asked = response.headers.get("retry-after")?.trim() ?? "";
  const seconds = /^[\d.]+$/.test(asked)
    ? Number(asked)
    : Math.ceil((Date.parse(asked) - wallClock) / 1000);
  return seconds > 0 ? Math.min(seconds, LONGEST_RETRY_AFTER_SECONDS) : undefined;
}

/** The answer with Retry-After as the SDK reads it, which knows no dates. */
function inSeconds(response: Response, retryAfter: number): Response {
  if (response.headers.get("retry-after") === String(retryAfter)) return response;
  const headers = new Headers(response.headers);
  headers.set("retry-after", String(retryAfter));
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
