import type { DeliveryResult } from "../workos/audit-log-event.js";
import type { DeliveryState } from "./delivery-turns.js";
import type { Departure } from "./lanes.js";
import type { OutboxEntry, WaitingEntry } from "./outbox.js";

type Failed = Extract<DeliveryResult, { kind: "unavailable" }>;

/** How a delivery reports what becomes of entries. */
export interface DeliveryReports {
  /** Is called when entries stop or start arriving. */
  readonly report: (state: "unreachable" | "recovered", detail: string) => void;
  /** Is called with an entry that is sent no more, and whether an older failed one was dropped for it. */
  readonly onDead: (entry: OutboxEntry, problem: string, hasDropped: boolean) => void;
}

/** What became of entries: noted in the outbox, and reported when it changes. */
export interface DeliveryResults {
  /** Notes how WorkOS answered to an entry. */
  readonly note: (entry: WaitingEntry, result: DeliveryResult, departure: Departure) => void;
  /** Gives an entry up that is too old for its key to count. */
  readonly expire: (entry: OutboxEntry) => void;
  /** Runs what touches the outbox: a disk that fails may neither end the process nor stop the delivery for good. */
  readonly attempt: (work: () => void) => boolean;
  /** Until when WorkOS asked to be left alone, which binds a flush too. */
  readonly leaveAloneUntil: () => number;
}

/**
 * Creates the results of a delivery; its `note` and `expire` throw when the outbox cannot be written.
 *
 * @param backoff the wait after so many failures in a row, in milliseconds.
 */
export function createDeliveryResults(
  { outbox, lanes, flying, now, steady }: DeliveryState,
  backoff: (times: number) => number,
  { report, onDead }: DeliveryReports,
): DeliveryResults {
  let leaveAloneUntil = -Infinity;
  /** Failures since something arrived, of whatever organization. */
  let inARow = 0;
  let isUnreachable = false;
  let lastProblem = "";

  /** Reports, once until entries arrive again, that none does. */
  const reportUnreachable = (problem: string): void => {
    if (!isUnreachable) report("unreachable", problem);
    isUnreachable = true;
  };

  const bury = (entry: OutboxEntry, problem: string): void => {
    onDead(entry, problem, outbox.bury(entry.key, problem, now()));
  };

  const succeed = (organizationId: string): void => {
    const wasReported = lanes.succeed(organizationId);
    inARow = 0;
    if (isUnreachable) {
      report("recovered", "audit log events arrive again; those that waited follow");
      lanes.hurry();
    } else if (wasReported) {
      report("recovered", `audit log events of ${organizationId} arrive again`);
    }
    isUnreachable = false;
  };

  const fail = (entry: WaitingEntry, departure: Departure, failed: Failed): void => {
    const { organizationId, attempts } = entry;
    const { problem, retryAfter } = failed;
    lastProblem = `: ${problem}`;
    inARow += 1;
    const { isEverywhere, isNews } = lanes.fail(organizationId, departure, retryAfter);
    // One that failed before is no sign for others, unless nothing else arrives either.
    const isTelling = attempts === 1 || inARow >= 3;
    if (isEverywhere && isTelling && flying.size === 0) reportUnreachable(problem);
    if (isNews && !isUnreachable) {
      report("unreachable", `events of ${organizationId} wait, others arrive: ${problem}`);
    }
    outbox.note(entry, now() + backoff(attempts));
  };

  return {
    note(entry, result, departure) {
      if (result.kind === "unavailable") {
        fail(entry, departure, result);
        return;
      }
      succeed(entry.organizationId);
      if (result.kind === "accepted") outbox.remove(entry.key);
      else if (result.kind === "refused") bury(entry, result.problem);
      else {
        leaveAloneUntil = Math.max(leaveAloneUntil, steady() + result.retryAfter * 1000);
        // Before those that came after it.
        outbox.note(entry, entry.firstTriedAt ?? now());
      }
    },
    expire(entry) {
      bury(entry, `not taken for 20 hours${lastProblem}`);
    },
    attempt(work) {
      try {
        work();
        return true;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        reportUnreachable(`the outbox cannot be used: ${why}`);
        return false;
      }
    },
    leaveAloneUntil: () => leaveAloneUntil,
  };
}
