/** Thrown when an answer did not come in time. */
export class TimeLimitError extends Error {
  override readonly name = "TimeLimitError";
}

/**
 * Waits for an answer for so many milliseconds at most, and rejects then.
 *
 * By a timer of its own, which ends with the answer. Does NOT stop what was asked, and cannot
 * interrupt a function that never yields.
 */
export async function within<T>(milliseconds: number, answer: T | PromiseLike<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new TimeLimitError(`no answer within ${milliseconds / 1000} seconds`));
    }, milliseconds);
  });
  try {
    return await Promise.race([answer, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
