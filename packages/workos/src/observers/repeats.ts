import type { AuthEvent } from "../trail/event.js";

/** Milliseconds in which refusals of one kind are one line, and then one count. */
export const REPEAT_INTERVAL_MS = 60_000;

/** Kinds of refusal, by reason and by who was refused, that are told apart at a time. */
const MAX_GROUPS = 100;

/** Refusals of one kind since their count was last reported. */
interface Group {
  count: number;
  last: Refused;
}

type Refused = Extract<AuthEvent, { kind: "refused" }>;

/**
 * Distinguishes the first refusal of a kind from its repetitions, which it counts and reports once an interval.
 *
 * A kind is a reason and who was refused: the caller, or the address of a stranger. When there are too many of those,
 * the rest of a reason is one kind, so that a flood of invented addresses costs a bounded number of lines and no reason
 * is ever without its first line. A kind that was not repeated for an interval is forgotten.
 *
 * @param report takes the last refusal of a kind, and how many there were beside the first.
 * @returns whether an event repeats one that was written.
 */
export function createRepeats(
  schedule: (run: () => void, delay: number) => () => void,
  report: (last: Refused, count: number) => void,
): (event: AuthEvent) => boolean {
  const groups = new Map<string, Group>();

  const flush = (): void => {
    for (const [key, group] of groups) {
      const { count, last } = group;
      if (count === 0) groups.delete(key);
      else report(last, count);
      group.count = 0;
    }
    if (groups.size > 0) schedule(flush, REPEAT_INTERVAL_MS);
  };

  return (event) => {
    if (event.kind !== "refused") return false;
    const { reason, caller, from } = event;
    const own = JSON.stringify([reason, caller?.id ?? "", from?.address ?? ""]);
    const rest = JSON.stringify([reason, caller === undefined ? "strangers" : "callers"]);
    const key = groups.has(own) || groups.size < MAX_GROUPS ? own : rest;
    const group = groups.get(key);
    if (group !== undefined) {
      group.count += 1;
      group.last = event;
      return true;
    }
    if (groups.size === 0) schedule(flush, REPEAT_INTERVAL_MS);
    groups.set(key, { count: 0, last: event });
    return false;
  };
}
