/** The one clock of an emulator: a source and how far it was advanced. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Moves the clock forward; it never goes back. */
  readonly advance: (milliseconds: number) => void;
}

/** Creates a clock that is as far ahead of its source as it was advanced. */
export function createClock(source: () => number): Clock {
  let aheadMs = 0;
  return {
    now: () => source() + aheadMs,
    advance: (milliseconds) => void (aheadMs += milliseconds),
  };
}
