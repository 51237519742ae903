/**
 * Thrown in the place of a 5xx that says when to come back: the SDK's exceptions have Retry-After for a 429 only.
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

/**
 * What an exception says of a failed call: the HTTP status, and Retry-After in seconds. The SDK wraps what its `fetch`
 * threw, so the cause is asked where there is one of ours.
 */
export function failureOf(error: unknown): { status?: number; retryAfter?: number } {
  const thrown =
    error instanceof Error && error.cause instanceof ComeBackLaterError ? error.cause : error;
  const { status, retryAfter } = (typeof thrown === "object" && thrown !== null ? thrown : {}) as {
    status?: unknown;
    retryAfter?: unknown;
  };
  return {
    ...(typeof status === "number" ? { status } : {}),
    ...(typeof retryAfter === "number" && retryAfter > 0 ? { retryAfter } : {}),
  };
}
