import { ORGANIZATION_ID } from "../authkit/claims.js";
import { ConfigurationError } from "../errors.js";
import { hasMethods, isFunction, readFunctionOptions, type MemberForms } from "../known-members.js";
import { argumentProblems, type AuditedEvent } from "../audit/audit-event.js";
import { createDelivery } from "../audit/delivery.js";
import { openLocalOutbox } from "../audit/local-outbox.js";
import type { OpenOutbox } from "../audit/open-outbox.js";
import type { FailedEntry } from "../audit/outbox.js";
import type { SharedOutbox } from "../audit/shared-outbox.js";
import type { AuthEvent } from "../trail/event.js";
import type { Observer } from "../trail/observer.js";
import { createAuditRecorder } from "./audit-recorder.js";
import { createAuditReports } from "./audit-reports.js";
import { type Connected, type Connection, withHooks } from "./hooks.js";

/** How events get into WorkOS Audit Logs. */
export interface AuditLogOptions<Outbox extends string | SharedOutbox = string> {
  /**
   * Path of a file in which events wait, so that they outlive the process (SQLite; Node 22.13 or newer). Each process
   * needs its own. Where there is no disk `redisOutbox(redis, { stream })`, which all instances share. In memory without.
   */
  readonly outbox?: Outbox;
  /** Events that wait at most. Default 10,000 in memory, 1,000,000 in a file or in Redis. */
  readonly capacity?: number;
  /** Which event gives way when the outbox is full: the oldest (the default) or the new one. Either is reported and counted. */
  readonly whenFull?: "drop-oldest" | "drop-newest";
  /** Where events of callers without an organization go: one of your own. Without it they are not audited, which is reported. */
  readonly organizationId?: string;
  /** Events sent in a second at most. Default 50; WorkOS takes 100 requests a second from one address, for everything. */
  readonly maxPerSecond?: number;
  /**
   * Which events are audited. Default all; one that this throws for is. Asked before a call runs (`kind` is `admitted`):
   * one that is taken then is finished without asking again, one that is not may be taken when it is `answered`.
   */
  readonly select?: (event: AuditedEvent) => boolean;
}

/** What is asked of an outbox: a promise of it, when several instances share the outbox. */
export type OutboxAnswer<Outbox, Answer> = Outbox extends SharedOutbox ? Promise<Answer> : Answer;

/** The observer, and what an operator can ask of it. Promises reject when a shared outbox does not answer. */
export interface AuditLogs<Outbox extends string | SharedOutbox = string> extends Observer {
  /** The events that WorkOS refused, and why; the oldest first. */
  readonly failedEntries: () => OutboxAnswer<Outbox, readonly FailedEntry[]>;
  /**
   * Sends failed entries again, those with these keys or all; how many there were.
   *
   * Does NOT know what WorkOS took without an answer: an entry that was "not taken for 20 hours" may be there, and a
   * day after it was first sent its key no longer keeps it from being there twice.
   */
  readonly retry: (keys?: readonly string[]) => OutboxAnswer<Outbox, number>;
}

type AnyOptions = AuditLogOptions<string | SharedOutbox>;

const FORMS: MemberForms<AuditLogOptions> = {
  outbox: {
    // SQLite takes these for a database in memory, and for a URL.
    fits: (value) =>
      (typeof value === "string" && value.trim() !== "" && !/^:|^file:/iu.test(value)) ||
      hasMethods(value, "open"),
    must: "must be the path of a file that outlives the process; left out, events wait in memory",
  },
  capacity: {
    fits: (value) => Number.isInteger(value) && Number(value) > 0,
    must: "must be a whole number of events, at least 1",
  },
  whenFull: {
    fits: (value) => value === "drop-oldest" || value === "drop-newest",
    must: 'must be "drop-oldest" or "drop-newest"',
  },
  organizationId: {
    fits: (value) => typeof value === "string" && ORGANIZATION_ID.test(value),
    must: "must be an ID of WorkOS's: those begin with org_",
  },
  maxPerSecond: {
    fits: (value) => typeof value === "number" && value > 0,
    must: "must be a number of events above 0",
  },
  select: { fits: isFunction, must: "must be a function (event) => boolean" },
};
const REFUSED = "auditLogs() cannot start";

/**
 * Makes an observer that writes every use of a tool, a resource or a prompt, and every denial, into WorkOS Audit
 * Logs: one event each, under an idempotency key of its own, so that one that is sent again is not there twice.
 *
 * An event is in the outbox before the tool runs, with `outcome: "unknown"`, and is sent when the answer has ended. With
 * an outbox in a file, a process that dies loses none, and one that has closed goes on writing into it until it ends.
 * Needs the schemas of `auditLogSchemas` in the WorkOS environment.
 * Does NOT write tokens, or arguments that `recordArguments` does not name; does NOT audit requests that were refused
 * before the caller was known, nor what no tool, resource or prompt was named in; does NOT ever fail a request, and holds
 * one up no longer than a write into the file takes, or half a second for one into an outbox that instances share.
 *
 * @throws ConfigurationError for options that cannot work.
 * @example
 * ```ts
 * const audit = auditLogs({ outbox: "/var/lib/mcp/audit.sqlite" });
 * const middleware = workosProvider({ observers: [audit] });
 * ```
 * @see https://workos.com/docs/audit-logs
 */
export function auditLogs<Outbox extends string | SharedOutbox = string>(
  given: AuditLogOptions<Outbox> = {},
): AuditLogs<Outbox> {
  // Read once: it is checked now and used when a server starts.
  const options: AnyOptions = readFunctionOptions(
    { path: "auditLogs", forms: FORMS, refused: REFUSED, renamed: { perSecond: "maxPerSecond" } },
    given,
  );
  let joined: Joined | undefined;
  const isShared = typeof options.outbox === "object";
  const audit = {
    name: "audit-logs",
    onEvent(event: AuthEvent) {
      if (event.kind !== "admitted" && event.kind !== "answered" && event.kind !== "denied") return;
      joined?.write(event);
    },
    failedEntries: () => joined?.failedEntries() ?? (isShared ? Promise.resolve([]) : []),
    retry: (keys?: readonly string[]) => joined?.retry(keys) ?? (isShared ? Promise.resolve(0) : 0),
    // Which of both the compiler cannot tell from the outbox.
  } as AuditLogs<Outbox>;
  return withHooks(audit, {
    connect(connection) {
      if (joined?.isClosed() === false) {
        const message = "auditLogs() was given to two servers: make one for each";
        throw new ConfigurationError([{ path: "observers", message }]);
      }
      const problems = argumentProblems(connection.recordArguments);
      if (problems.length > 0) throw new ConfigurationError(problems, REFUSED);
      joined = join(options, connection);
      return joined;
    },
  });
}

/** What an observer of a running server can do. */
interface Joined extends Connected, Pick<OpenOutbox, "failedEntries"> {
  readonly retry: OpenOutbox["revive"];
  readonly write: (event: AuditedEvent) => void;
  readonly isClosed: () => boolean;
}

/** Opens the outbox, begins to deliver what is in it, and reports what becomes of events. */
function join(
  {
    outbox: given,
    capacity,
    whenFull = "drop-oldest",
    organizationId,
    maxPerSecond = 50,
    select = () => true,
  }: AnyOptions,
  { trail, now, schedule, sendAuditLogEvent }: Connection,
): Joined {
  const reports = createAuditReports(trail, given);
  const opening = { capacity, whenFull, now, schedule, reports };
  const outbox =
    typeof given === "object"
      ? given.open({ ...opening, onArrival: () => delivery.wake() })
      : openLocalOutbox(given, opening);
  const delivery = createDelivery({
    outbox: outbox.queue,
    send: sendAuditLogEvent,
    now,
    schedule,
    random: Math.random,
    maxPerSecond,
    report: reports.delivery,
    onDead: ({ event: { action } }, problem, hasDropped) => {
      if (hasDropped) outbox.loseFailed();
      reports.refused(action, problem);
    },
  });
  let isDelivering = true;
  let closing: Promise<void> | undefined;
  const write = createAuditRecorder({
    outbox,
    select,
    organizationId,
    now,
    canStore: () => outbox.isDurable || isDelivering,
    wake: delivery.wake,
    reports,
  });

  const end = async (within: number): Promise<void> => {
    const until = now() + within;
    outbox.finishAll();
    await outbox.refill?.();
    do await delivery.flush(Math.max(0, until - now()));
    while (now() < until && (await outbox.refill?.()) === true);
    delivery.close();
    isDelivering = false;
    await outbox.release?.();
    const inMemory = outbox.countInMemory();
    reports.left(outbox.count().waiting - inMemory, inMemory);
    outbox.leave();
  };

  // What a process before this one left, or had on its way.
  outbox.queue.hurry(now());
  delivery.wake();
  return {
    write,
    health: outbox.count,
    ...(outbox.stored === undefined ? {} : { stored: outbox.stored }),
    close: (within) => (closing ??= end(within)),
    isClosed: () => closing !== undefined,
    failedEntries: outbox.failedEntries,
    retry(keys) {
      const revived = outbox.revive(keys);
      delivery.wake();
      return revived;
    },
  };
}
