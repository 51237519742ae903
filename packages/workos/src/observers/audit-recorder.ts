import { toAuditLogEvent, type AuditedEvent } from "../audit/audit-event.js";
import type { OpenOutbox } from "../audit/open-outbox.js";
import { lazyEntry, type OutboxEntry } from "../audit/outbox.js";
import { dropRejection } from "../trail/observer.js";
import type { AuditReports } from "./audit-reports.js";

/**
 * Makes what records events in the outbox: a call when it begins, as one of unknown outcome, and again when it has
 * ended.
 *
 * Does NOT throw for an event that cannot be recorded: it is reported.
 */
export function createAuditRecorder({
  outbox,
  select,
  organizationId,
  now,
  canStore,
  wake,
  reports,
}: {
  readonly outbox: Pick<OpenOutbox, "put" | "finish" | "lose">;
  readonly select: (event: AuditedEvent) => boolean;
  /** Stands in for callers without an organization. */
  readonly organizationId: string | undefined;
  readonly now: () => number;
  /** Whether what is put into the outbox now is sent, by this process or a later one. */
  readonly canStore: () => boolean;
  /** Signals that there is something to send. */
  readonly wake: () => void;
  readonly reports: AuditReports;
}): (event: AuditedEvent) => void {
  /** Calls that have not been answered: in the outbox, to be put into it when there is room, or given up and reported. */
  const begun = new Map<string, "kept" | "no room" | "lost">();

  const toEntry = (
    event: AuditedEvent,
    target: NonNullable<AuditedEvent["target"]>,
  ): OutboxEntry | undefined => {
    const to = event.organizationId ?? organizationId;
    const at = now();
    if (to !== undefined) {
      return lazyEntry(event.callId, to, () => toAuditLogEvent(event, target, at));
    }
    reports.noOrganization();
    return undefined;
  };

  return (event) => {
    const { callId, kind, target } = event;
    if (target === undefined) return;
    const state = begun.get(callId);
    if (kind === "answered") begun.delete(callId);
    // What was begun is finished, whatever select returns for its answer.
    if (state === "lost" || (state === undefined && !isSelected(select, event))) return;
    const entry = toEntry(event, target);
    if (entry === undefined) return;
    const isReady = kind !== "admitted";
    if (state === "kept") {
      // It is there no more when it was sent at the end, as unknown.
      outbox.finish(entry);
    } else if (canStore()) {
      const isStored = outbox.put(entry, isReady);
      if (!isReady) begun.set(callId, isStored ? "kept" : "no room");
    } else {
      reports.lost(event, entry.event.action, outbox.lose());
      if (!isReady) begun.set(callId, "lost");
    }
    if (isReady) wake();
  };
}

function isSelected(select: (event: AuditedEvent) => boolean, event: AuditedEvent): boolean {
  try {
    const selected: unknown = select(event);
    // A promise decides nothing: the call does not wait.
    dropRejection(selected);
    return selected !== false;
  } catch {
    return true;
  }
}
