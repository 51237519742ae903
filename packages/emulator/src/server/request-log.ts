/** A request that was served; without query, headers or body, which may carry secrets. Status 0: no answer was given. */
export interface ServedRequest {
  /** The HTTP method. */
  readonly method: string;
  /** The path, without the query. */
  readonly path: string;
  /** The status of the answer; 0 when none was given. */
  readonly status: number;
}

const logLimit = 10_000;

/** The latest requests, oldest first. */
export interface RequestLog {
  readonly entries: readonly ServedRequest[];
  add(entry: ServedRequest): void;
  clear(): void;
}

export function createRequestLog(limit: number = logLimit): RequestLog {
  const entries: ServedRequest[] = [];
  return {
    entries,
    add(entry) {
      if (entries.length >= limit) entries.shift();
      entries.push(Object.freeze(entry));
    },
    clear: () => void entries.splice(0),
  };
}
