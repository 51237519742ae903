import { describeNetworkFault } from "../standards/network-fault.js";

/**
 * Thrown in the place of a 5xx with Retry-After: the SDK's exceptions have Retry-After for a 429 only.
 * Never seen by tools.
 */
export class ComeBackLaterError extends Error {
  override readonly name = "ComeBackLaterError";
  readonly status: number;
  /** In seconds. */
  readonly retryAfter: number;

  constructor(status: number, retryAfter: number) {
    super(`The WorkOS API answered ${status} and asks to be left alone for ${retryAfter} seconds`);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Thrown in the place of an answer that cannot be WorkOS's: a redirect, or a body of another form. */
export class UnusableAnswerError extends Error {
  override readonly name = "UnusableAnswerError";
  /** Of the answer; not called `status`, which decisions are made by. */
  readonly answered: number;
  /** What is wrong with the answer, without anything of its content. */
  readonly problem: string;

  constructor(status: number, problem: string) {
    const answered = `answered ${status}${problem.startsWith("with ") ? " " : ", "}${problem}`;
    super(`The WorkOS API ${answered}`);
    this.answered = status;
    this.problem = answered;
  }
}

/** Thrown instead of a call while WorkOS is left alone. */
export class ApiLeftAloneError extends Error {
  override readonly name = "ApiLeftAloneError";

  constructor() {
    super(
      "The WorkOS API has just failed several times and is left alone for a few seconds; try again",
    );
  }
}

/** Returns whether a call failed without being made, because WorkOS is left alone. The SDK wraps what its `fetch` threw. */
export function isLeftAlone(error: unknown): boolean {
  return (
    error instanceof ApiLeftAloneError ||
    (error instanceof Error && error.cause instanceof ApiLeftAloneError)
  );
}

/** Returns whether a status is about what was asked, which callers have a part in, whichever server answers so. */
export function isAboutQuestion(status: number | undefined): boolean {
  return status === 400 || status === 422;
}

/** What is known of a failed call. */
export interface CallFailure {
  /** The HTTP status of WorkOS's own answer. */
  readonly status?: number;
  /** In seconds. */
  readonly retryAfter?: number;
  /** The HTTP status of an answer that is not WorkOS's own. */
  readonly answered?: number;
  /** Why there is no answer of WorkOS's own: "answered 302, a redirect, which is not followed", "cannot be reached (ENOTFOUND)". */
  readonly problem?: string;
}

/**
 * Reads a failed call from its exception. The SDK wraps what its `fetch` threw, so the cause is asked where
 * there is one of ours.
 */
export function readFailure(error: unknown): CallFailure {
  const cause = error instanceof Error ? error.cause : undefined;
  const unusable = [cause, error].find((one) => one instanceof UnusableAnswerError);
  if (unusable !== undefined) {
    return { problem: unusable.problem, answered: unusable.answered };
  }
  const thrown = cause instanceof ComeBackLaterError ? cause : error;
  const { status, retryAfter } = (typeof thrown === "object" && thrown !== null ? thrown : {}) as {
    status?: unknown;
    retryAfter?: unknown;
  };
  // The SDK's word for its own time limit, and a proxy's for the same.
  if (status === 408) return { problem: "gave no answer in time" };
  return {
    ...(typeof status === "number" ? { status } : { problem: describeNetworkFault(error) }),
    ...(typeof retryAfter === "number" && retryAfter > 0 ? { retryAfter } : {}),
  };
}
