/** A map whose entries expire and whose size is bounded: the oldest entry makes room for the newest. */
export interface ExpiringMap<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value, expiresAt: number): void;
  /** Removes and returns in one step, which is what makes a code or an interaction one-time. */
  take(key: string): Value | undefined;
  readonly size: number;
}

/** Creates an {@link ExpiringMap}; `expiresAt` and `now` are milliseconds since the epoch. */
export function createExpiringMap<Value>(options: {
  limit: number;
  now: () => number;
}): ExpiringMap<Value> {
  const entries = new Map<string, { value: Value; expiresAt: number }>();

  function get(key: string): Value | undefined {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt > options.now()) return entry.value;
    entries.delete(key);
    return undefined;
  }

  function makeRoom(): void {
    if (entries.size < options.limit) return;
    const now = options.now();
    for (const [key, entry] of entries) if (entry.expiresAt <= now) entries.delete(key);
    for (const key of entries.keys()) {
      if (entries.size < options.limit) return;
      entries.delete(key);
    }
  }

  return {
    get,
    set(key, value, expiresAt) {
      entries.delete(key);
      makeRoom();
      entries.set(key, { value, expiresAt });
    },
    take(key) {
      const value = get(key);
      entries.delete(key);
      return value;
    },
    get size() {
      return entries.size;
    },
  };
}
