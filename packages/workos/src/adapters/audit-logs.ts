import { WorkOSPluginError } from "../errors.js";
import { auditLogEventOf, type AuditedEvent } from "../trail/audit-log.js";
import { createDelivery, type Delivery } from "../trail/delivery.js";
import type { Trail, TrailEvent } from "../trail/event.js";
import type { Connection, Observer } from "../trail/observer.js";
import { createMemoryOutbox, type DeadLetter, type Letter, type Outbox } from "../trail/outbox.js";
import { openSqliteOutbox } from "./sqlite-outbox.js";

/** How events get into WorkOS Audit Logs. */
export interface AuditLogOptions {
  /**
   * Path of a file in which events wait, so that they outlive the process (SQLite; Node 22.13 or newer). Each process
   * needs its own. In memory without.
   */
  readonly outbox?: string;
  /** Events that wait at most. Default 10,000 in memory, 1,000,000 in a file. */
  readonly capacity?: number;
  /** Which event gives way when the outbox is full: the oldest (the default) or the new one. Either way it is reported. */
  readonly whenFull?: "drop-oldest" | "drop-newest";
  /** Where events of callers without an organization go: one of your own. Without it they are not audited, which is reported. */
  readonly organizationId?: string;
  /** Events sent in a second at most. Default 50; WorkOS takes 100 requests a second from one address, for everything. */
  readonly perSecond?: number;
  /** Which events are audited. Default all; one that this throws for is. */
  readonly select?: (event: AuditedEvent) => boolean;
}

/** The observer, and what an operator can ask of it. */
export interface AuditLogs extends Observer {
  /** The events that WorkOS refused, and why; the oldest first. */
  readonly deadLetters: () => readonly DeadLetter[];
  /** Sends dead letters again, those with these keys or all; how many there were. */
  readonly replay: (keys?: readonly string[]) => number;
}

const OPTIONS = new Set([
  "outbox",
  "capacity",
  "whenFull",
  "organizationId",
  "perSecond",
  "select",
]);
const IN_MEMORY = 10_000;
const IN_A_FILE = 1_000_000;
/** The outbox counts as having room again when this part of it is taken. */
const ROOM = 0.9;

/**
 * Makes an observer that writes every use of a tool, a resource or a prompt, and every denial, into WorkOS Audit
 * Logs: one event each, under an idempotency key of its own, so that one that is sent again is not there twice.
 *
 * An event is in the outbox before the tool runs, with `outcome: "unknown"`, and is sent when the answer has ended. With
 * an outbox in a file, a process that dies loses none. Needs the schemas of `auditLogSchemas` in the WorkOS environment.
 * Does NOT write tokens, or arguments that `keepArguments` does not name; does NOT audit requests that were refused
 * before anybody was known, nor what no tool, resource or prompt was named in; does NOT ever hold up or fail a request.
 *
 * @throws WorkOSPluginError `invalid_configuration` for options that cannot work.
 * @see https://workos.com/docs/audit-logs
 */
export function auditLogs(options: AuditLogOptions = {}): AuditLogs {
  const problems = problemsOf(options);
  if (problems.length > 0) {
    throw new WorkOSPluginError(
      "invalid_configuration",
      `auditLogs() cannot start:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
    );
  }
  const { outbox: path, whenFull = "drop-oldest", organizationId, perSecond = 50 } = options;
  const { select = () => true, capacity = path === undefined ? IN_MEMORY : IN_A_FILE } = options;
  let joined:
    | {
        readonly outbox: Outbox;
        readonly delivery: Delivery;
        readonly now: () => number;
        readonly write: (event: AuditedEvent) => void;
      }
    | undefined;

  const observe = (event: TrailEvent): void => {
    if (event.kind !== "admitted" && event.kind !== "answered" && event.kind !== "denied") return;
    if (joined === undefined || !isSelected(select, event)) return;
    joined.write(event);
    if (event.kind !== "admitted") joined.delivery.wake();
  };

  const connect = ({ trail, now, schedule, sendAuditLogEvent }: Connection): Connected => {
    if (joined !== undefined) {
      throw new WorkOSPluginError(
        "invalid_configuration",
        "auditLogs() was given to two servers: make one for each",
      );
    }
    const outbox =
      path === undefined ? createMemoryOutbox(capacity) : openSqliteOutbox(path, capacity);
    const advise = createAdvice(trail);
    const store = createStore({ outbox, capacity, whenFull, now, trail });
    const delivery = createDelivery({
      outbox,
      send: sendAuditLogEvent,
      now,
      schedule,
      random: Math.random,
      perSecond,
      report: (state, detail) => {
        trail({ kind: "api", about: "audit logs", state, detail });
      },
      onDead: ({ event: { action } }, problem) => {
        advise(
          "audit_event_refused",
          action,
          `an event of ${action} was not taken and is kept as a dead letter: ${problem}. If its schema is missing, ` +
            "`npx @xmcp-dev/workos audit-log-schemas --create` makes it; then send it again with replay() or " +
            "`npx @xmcp-dev/workos dead-letters <outbox> --replay`",
        );
      },
    });
    joined = {
      outbox,
      delivery,
      now,
      write(event) {
        const to = event.organizationId ?? organizationId;
        const said = auditLogEventOf(event, now());
        if (said === undefined) return;
        if (to === undefined) {
          advise(
            "audit_organization_missing",
            "",
            "a caller without an organization is not audited, since WorkOS keeps audit logs by organization; " +
              "auditLogs({ organizationId }) names one for them",
          );
          return;
        }
        const letter = { key: event.callId, organizationId: to, event: said };
        try {
          store(letter, event.kind !== "admitted");
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          advise(
            "audit_outbox_failed",
            why,
            `audit log events cannot be kept, so they are lost: ${why}; is the disk full?`,
          );
        }
      },
    };
    const { wake, flush, close } = delivery;
    // What a process before this one left.
    wake();
    return {
      health: outbox.count,
      async close(within) {
        await flush(within);
        close();
        const { waiting } = outbox.count();
        if (waiting > 0) {
          const where = path === undefined ? "and end with this process" : `and wait in ${path}`;
          trail({
            kind: "advice",
            code: "audit_events_left",
            detail: `${waiting} audit log events were not delivered ${where}`,
          });
        }
        joined = undefined;
        outbox.close();
      },
    };
  };

  return Object.assign(observe, {
    connect,
    deadLetters: () => joined?.outbox.deadLetters() ?? [],
    replay(keys?: readonly string[]) {
      if (joined === undefined) return 0;
      const revived = joined.outbox.revive(keys, joined.now());
      joined.delivery.wake();
      return revived;
    },
  });
}

type Connected = ReturnType<NonNullable<Observer["connect"]>>;

/** Stores letters, and makes room for them as the configuration says; one report when it is full, one when it is not. */
function createStore({
  outbox,
  capacity,
  whenFull,
  now,
  trail,
}: {
  readonly outbox: Outbox;
  readonly capacity: number;
  readonly whenFull: NonNullable<AuditLogOptions["whenFull"]>;
  readonly now: () => number;
  readonly trail: Trail;
}): (letter: Letter, isReady: boolean) => void {
  let dropped = 0;
  const say = (detail: string): void => {
    trail({ kind: "advice", code: "audit_outbox_full", detail });
  };
  return (letter, isReady) => {
    if (dropped > 0 && outbox.size() <= capacity * ROOM) {
      say(`the outbox has room again; ${dropped} audit log events were dropped`);
      dropped = 0;
    }
    if (outbox.put(letter, isReady, now())) return;
    const hasRoom = whenFull === "drop-oldest" && outbox.dropOldest();
    if (hasRoom) outbox.put(letter, isReady, now());
    dropped += 1;
    if (dropped === 1) {
      const which = hasRoom ? "oldest" : "newest";
      say(`the outbox holds ${capacity} audit log events and is full: the ${which} are dropped`);
    }
  };
}

type AdviceCode = Extract<TrailEvent, { kind: "advice" }>["code"];

/** Says the same about the same once. */
function createAdvice(trail: Trail): (code: AdviceCode, about: string, detail: string) => void {
  const said = new Set<string>();
  return (code, about, detail) => {
    if (said.has(`${code} ${about}`)) return;
    said.add(`${code} ${about}`);
    trail({ kind: "advice", code, detail });
  };
}

function isSelected(select: (event: AuditedEvent) => boolean, event: AuditedEvent): boolean {
  try {
    // Whoever decides by a promise decides nothing: the call does not wait.
    return (select(event) as unknown) !== false;
  } catch {
    return true;
  }
}

function problemsOf(options: AuditLogOptions): string[] {
  const problems = Object.keys(options)
    .filter((option) => !OPTIONS.has(option))
    .map((option) => `there is no option ${option}; there are ${[...OPTIONS].join(", ")}`);
  const { outbox, capacity = 1, whenFull = "drop-oldest", organizationId, perSecond = 1 } = options;
  if (outbox !== undefined && (typeof outbox !== "string" || outbox.trim() === "")) {
    problems.push("outbox must be the path of a file, or left out");
  }
  if (!Number.isInteger(capacity) || capacity < 1) {
    problems.push("capacity must be a whole number of events, at least 1");
  }
  if (!["drop-oldest", "drop-newest"].includes(whenFull)) {
    problems.push('whenFull must be "drop-oldest" or "drop-newest"');
  }
  if (organizationId !== undefined && !/^org_\w+$/.test(organizationId)) {
    problems.push("organizationId must be an ID of WorkOS's: those begin with org_");
  }
  if (typeof perSecond !== "number" || !(perSecond > 0)) {
    problems.push("perSecond must be a number above 0");
  }
  if (options.select !== undefined && typeof options.select !== "function") {
    problems.push("select must be a function");
  }
  return problems;
}
