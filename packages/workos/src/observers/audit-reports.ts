import type { AuditedEvent } from "../audit/audit-event.js";
import type { DeliveryReports } from "../audit/delivery-results.js";
import type { OutboxReports } from "../audit/open-outbox.js";
import type { SharedOutbox } from "../audit/shared-outbox.js";
import { describeFailure } from "../audit/sqlite-file.js";
import type { AuthEvent, Trail } from "../trail/event.js";

/** What auditLogs() reports to its operator. */
export interface AuditReports extends OutboxReports {
  /** WorkOS cannot be reached, or can again. */
  readonly delivery: DeliveryReports["report"];
  /** WorkOS refused an event. */
  readonly refused: (action: string, problem: string) => void;
  /** A caller has no organization, and there is none to stand in. */
  readonly noOrganization: () => void;
  /** An event came after delivery had ended, and nothing outlives the process. */
  readonly lost: (event: AuditedEvent, action: string, lostSoFar: number) => void;
  /** Delivery ended before these events were delivered. */
  readonly left: (inFile: number, inMemory: number) => void;
}

type AdviceCode = Extract<AuthEvent, { kind: "advice" }>["code"];

/**
 * Makes the reports, which are events of the trail themselves.
 *
 * @param outbox the path of its file, or one that is shared; undefined when events wait in memory.
 */
export function createAuditReports(
  trail: Trail,
  outbox: string | Pick<SharedOutbox, "place"> | undefined,
): AuditReports {
  const place = typeof outbox === "object" ? outbox.place : outbox;
  const advise = (code: AdviceCode, detail: string): void => {
    trail({ kind: "advice", code, detail });
  };
  const describe = (error: unknown): string => {
    if (typeof outbox !== "object") return describeFailure(outbox ?? "memory", error);
    return `${place}: ${error instanceof Error ? error.message : String(error)}`;
  };
  const reported = new Set<string>();
  /** Reports the same about the same once. */
  const adviseOnce = (code: AdviceCode, about: string, detail: string): void => {
    if (reported.has(`${code} ${about}`)) return;
    reported.add(`${code} ${about}`);
    advise(code, detail);
  };
  return {
    replaced(detail) {
      advise("audit_outbox_failed", detail);
    },
    unreadable(key) {
      const detail = `${typeof outbox === "object" ? "an entry" : "a row"} of ${place} is no audit log event, so it was set aside with the failed entries: ${key}`;
      adviseOnce("audit_event_refused", "a row", detail);
    },
    fallback(state) {
      advise(
        "audit_outbox_failed",
        state.kind === "failed"
          ? `the outbox cannot be written, so audit log events wait in memory and end with this process: ${describe(state.error)}`
          : `the outbox can be written again; ${state.entries} audit log events went by way of memory`,
      );
    },
    full(detail) {
      advise("audit_outbox_full", detail);
    },
    delivery(state, detail) {
      trail({ kind: "api", about: "audit logs", state, detail });
    },
    refused(action, problem) {
      adviseOnce(
        "audit_event_refused",
        action,
        `an event of ${action} was not taken and is kept as a failed entry: ${problem.replace(/\.$/, "")}. If its schema is missing, ` +
          "`npx @xmcp-dev/workos audit-log-schemas --create` makes it; then send it again with retry() or " +
          "`npx @xmcp-dev/workos failed-entries <outbox> --retry`",
      );
    },
    noOrganization() {
      adviseOnce(
        "audit_organization_missing",
        "",
        "a caller without an organization is not audited, since WorkOS keeps audit logs by organization; " +
          "auditLogs({ organizationId }) names one for them",
      );
    },
    lost({ target, caller }, action, lostSoFar) {
      advise(
        "audit_events_left",
        `${action} of ${target?.name} by ${caller.kind} ${caller.id} is in no audit log: it came after close(), and ` +
          `the outbox is in memory (${lostSoFar} so far)`,
      );
    },
    left(inFile, inMemory) {
      const notDelivered = "audit log events were not delivered and";
      if (inFile > 0) advise("audit_events_left", `${inFile} ${notDelivered} wait in ${place}`);
      if (inMemory > 0) {
        advise("audit_events_left", `${inMemory} ${notDelivered} end with this process`);
      }
    },
  };
}
