/** Why an answer must not be sent, or that a denial came too late for that. */
export interface CheckFault {
  readonly reason: "answer_withheld" | "denied_too_late";
  /** For the operator: what was found, and its cure. */
  readonly detail: string;
  /** Whether all of it is that `require()` or `has()` threw: a batch may have another message's denial. */
  readonly isDenial: boolean;
}

/**
 * Collects what the code of one request asks about its caller's access and has not awaited or obeyed.
 *
 * JavaScript cannot tell a function that its promise is awaited. What it can tell is that a promise was pending, or
 * never looked at, when the answer began; and that a denial was thrown and the answer is a success all the same.
 */
export class OpenChecks {
  readonly #pending = new Set<FollowedPromise<unknown>>();
  readonly #ignored = new Set<FollowedPromise<unknown>>();
  /** What `access.on()` answered, each on its own: one that is used excuses no other. */
  readonly #unused = new Set<object>();
  readonly #reportLate: (fault: CheckFault) => void;
  #hasThrown = false;
  #isAnswered = false;

  /** @param reportLate receives a denial that was thrown after the answer had been sent. */
  constructor(reportLate: (fault: CheckFault) => void) {
    this.#reportLate = reportLate;
  }

  /**
   * Follows a question until its promise resolves, in a turn of the event loop of its own.
   *
   * The turn makes a forgotten `await` behave the same with rights that are cached and with rights that are not: code
   * that does not wait has answered before. It is also why code that does wait, and throws, has thrown before anything
   * else runs.
   */
  follow<Result>(
    name: "getAccess()" | "call.access()" | "access.on()",
    work: Promise<Result>,
  ): Promise<Result> {
    const promise = new FollowedPromise<Result>((resolve, reject) => {
      const settle = (how: () => void): void => {
        nextTurn(() => {
          this.#pending.delete(promise);
          how();
        });
      };
      work.then(
        (result) => {
          settle(() => {
            resolve(result);
          });
        },
        (error: unknown) => {
          settle(() => {
            reject(error);
          });
        },
      );
    });
    promise.name = name;
    this.#pending.add(promise);
    this.#ignored.add(promise);
    promise.onLookedAt = () => {
      this.#ignored.delete(promise);
    };
    return promise;
  }

  /** Notes an answer of `access.on()`, which has to be used. */
  noteAnswerOn(answer: object): void {
    this.#unused.add(answer);
  }

  /** Notes that the code used an answer of `access.on()`. */
  useAnswerOn(answer: object): void {
    this.#unused.delete(answer);
  }

  /** Notes that `require()` or `has()` is about to throw. */
  noteThrow(): void {
    this.#hasThrown = true;
    this.#reportWhenAnswered(TOO_LATE);
  }

  /** Notes that the code asks for its caller's access: too late, if the answer is sent. */
  noteQuestion(): void {
    this.#reportWhenAnswered(ASKED_TOO_LATE);
  }

  #reportWhenAnswered(detail: string): void {
    if (!this.#isAnswered) return;
    this.#reportLate({ reason: "denied_too_late", detail, isDenial: true });
  }

  /** Notes that the answer is sent, and not withheld. */
  noteAnswer(): void {
    this.#isAnswered = true;
  }

  /** Returns why an answer that is a success must not be sent now; undefined when it may be. */
  fault(): CheckFault | undefined {
    const [unawaited] = [...this.#pending, ...this.#ignored];
    const detail =
      unawaited !== undefined
        ? `the answer began before ${unawaited.name} had resolved: an await is missing, before ${unawaited.name} or before the function that calls it`
        : this.#unused.size > 0
          ? UNUSED
          : undefined;
    if (detail !== undefined) return { reason: "answer_withheld", detail, isDenial: false };
    return this.#hasThrown
      ? { reason: "answer_withheld", detail: DISOBEYED, isDenial: true }
      : undefined;
  }
}

const UNUSED =
  "access.on() was awaited and its answer not used. The answer is an object, which is always true: test the isAllowed of each answer, or call its require(), also where every() or some() stops early";

const DISOBEYED =
  "access.require() or access.has() threw, and the answer is a success all the same. Let the error leave the tool, await the function that asks, and use access.has() to go on without the right";

const TOO_LATE =
  "access.require() or access.has() threw after the answer had been sent, which cannot be withheld any more: await the function that asks";

const ASKED_TOO_LATE =
  "getAccess() was called after the answer had been sent, which cannot be withheld any more, whatever is denied then: await the function that asks";

/** Runs a function in a turn of the event loop of its own: after all microtasks. */
const nextTurn: (run: () => void) => void =
  typeof setImmediate === "function" ? (run) => void setImmediate(run) : (run) => setTimeout(run);

/**
 * A promise that knows whether code looked at it. `await` calls `then()` of a subclass, and not of a plain promise.
 *
 * What `then()` returns is followed too, so that an error of ours that leaves it does not end the process as an
 * unhandled rejection: {@link OpenChecks} has noted it, and the answer is withheld. Other errors are left to Node.
 */
class FollowedPromise<Result> extends Promise<Result> {
  name = "";
  #isLookedAt = false;
  onLookedAt: (() => void) | undefined;

  // oxlint-disable-next-line unicorn/no-thenable -- it is a promise, and this is how it learns of an await
  override then<Fulfilled = Result, Rejected = never>(
    onFulfilled?: ((value: Result) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    this.#isLookedAt = true;
    this.onLookedAt?.();
    const next = super.then(onFulfilled, onRejected) as FollowedPromise<Fulfilled | Rejected>;
    void Promise.prototype.then.call(next, undefined, (error: unknown) => {
      if (next.#isLookedAt || isThrown(error)) return;
      throw error;
    });
    return next;
  }
}

/** Errors that access threw, by identity: another error with the same code is not ours to swallow. */
function thrown(): WeakSet<object> {
  const scope = globalThis as { [THROWN]?: WeakSet<object> };
  return (scope[THROWN] ??= new WeakSet());
}

/** The same in every copy of this package: one may throw what another's promise is rejected with. */
const THROWN = Symbol.for("@xmcp-dev/workos/thrown@1");

/** Marks an error as one that {@link OpenChecks} has noted. */
export function markThrown(error: unknown): void {
  if (typeof error === "object" && error !== null) thrown().add(error);
}

function isThrown(error: unknown): boolean {
  return typeof error === "object" && error !== null && thrown().has(error);
}
