/** What the SDK's exception says of a failed call: the HTTP status, and Retry-After in seconds. */
export function failureOf(error: unknown): { status?: number; retryAfter?: number } {
  const { status, retryAfter } = (typeof error === "object" && error !== null ? error : {}) as {
    status?: unknown;
    retryAfter?: unknown;
  };
  return {
    ...(typeof status === "number" ? { status } : {}),
    ...(typeof retryAfter === "number" && retryAfter > 0 ? { retryAfter } : {}),
  };
}
