import type { Clock } from "../clock.js";
import { EmulatorError } from "../emulator-error.js";
import { readArgument } from "./arguments.js";

/** A span of time; its parts add up. */
export interface TimeSpan {
  /** How many seconds. */
  readonly seconds?: number;
  /** How many minutes. */
  readonly minutes?: number;
  /** How many hours. */
  readonly hours?: number;
  /** How many days. */
  readonly days?: number;
}

const MS_PER_UNIT = {
  seconds: 1_000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
} as const satisfies Record<keyof TimeSpan, number>;

/** The clock stops here, in milliseconds since the epoch: the end of the year 9999, after which dates have another form. */
const LATEST = Date.UTC(10_000, 0, 1) - 1;

/** Moves a clock forward. @throws {EmulatorError} for a span that is none, and for one that leads past the year 9999. */
export function advanceClock(clock: Clock, span: TimeSpan): void {
  const milliseconds = toMilliseconds(span);
  if (clock.now() + milliseconds > LATEST) {
    const message = "advance() leads past the year 9999, where the clock ends.";
    throw new EmulatorError("invalid_argument", [{ path: "", message }]);
  }
  clock.advance(milliseconds);
}

/** Converts a span to milliseconds. @throws {EmulatorError} for a negative, an unknown unit and an empty span. */
function toMilliseconds(span: TimeSpan): number {
  const units = Object.keys(MS_PER_UNIT) as (keyof TimeSpan)[];
  const parts = readArgument(span, "advance()", (reader) =>
    units.flatMap((unit) => {
      const count = reader.optionalValue(
        unit,
        isCount,
        "a number of 0 or more: time never goes back",
      );
      return count === undefined ? [] : [count * MS_PER_UNIT[unit]];
    }),
  );
  if (parts.length > 0) return parts.reduce((sum, part) => sum + part, 0);
  const message = `advance() needs ${units.join(", ")}, or several of them.`;
  throw new EmulatorError("invalid_argument", [{ path: "", message }]);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
