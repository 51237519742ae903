import { eventDocumentation } from "../trail/documented.js";
import type { KnownCaller, AuthEvent } from "../trail/event.js";
import { oneLine } from "../trail/legible.js";
import { dropRejection } from "../trail/observer.js";
import type { LogLevel, LogSettings } from "./read-log.js";
import { createRepeats, REPEAT_INTERVAL_MS } from "./repeats.js";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/**
 * Turns events into one line each, worded for the person who runs the server: a refusal is
 * one line that answers "why?".
 *
 * A line names where its reason or code is documented: as JSON each, as text each fault, and of other lines the first with the URL.
 *
 * Given a schedule, refusals of one kind are one line, and then one with their number each minute.
 *
 * A request without credentials is how every client begins, so it is a `debug` line. Nothing that came with a request
 * or an answer can end a line or move a terminal's cursor: such characters are escaped.
 */
export function logLines(
  { logger, format, level: least }: LogSettings,
  now: () => number,
  schedule?: (run: () => void, delay: number) => () => void,
): (event: AuthEvent) => void {
  /** URLs that a line of text had. */
  const linked = new Set<string>();
  const linkFor = (event: AuthEvent, docs: string | undefined): string | undefined => {
    if (docs === undefined || event.kind === "fault" || event.kind === "unguarded") return docs;
    const isRepetition = linked.has(docs);
    linked.add(docs);
    return isRepetition ? undefined : docs;
  };
  const write = (event: AuthEvent, repeated = 0): void => {
    const level = eventLevel(event);
    // First, since most events are calls that went well, which are rarely logged.
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
    if (repeated === 0 && isRepeated?.(event) === true) return;
    const text = `${eventText(event)}${repeated === 0 ? "" : inAll(repeated)}`;
    const docs = eventDocumentation(event);
    const line =
      format === "text"
        ? `[workos] ${setIn(withLink(event.kind === "fault" ? text : oneLine(text), linkFor(event, docs)))}`
        : // Escaped as text is, which means the same in JSON.
          oneLine(
            JSON.stringify({
              time: new Date(now()).toISOString(),
              level,
              logger: "workos",
              message: text,
              ...event,
              ...(docs === undefined ? {} : { docs }),
              ...(repeated === 0 ? {} : { repeated }),
            }),
          );
    // A logger without debug() has nowhere to put less than info.
    const method = level === "debug" && typeof logger.debug !== "function" ? "info" : level;
    dropRejection(logger[method]?.(line));
  };
  const isRepeated = schedule === undefined ? undefined : createRepeats(schedule, write);
  return (event) => {
    write(event);
  };
}

/** Words how many refusals a line stands for. */
function inAll(repeated: number): string {
  return ` (the last of ${repeated} more of its kind within ${REPEAT_INTERVAL_MS / 1000} s)`;
}

/** Ends a text with where it is documented; a stack with a line for it. */
function withLink(text: string, docs: string | undefined): string {
  if (docs === undefined) return text;
  if (text.includes("\n")) return `${text}\n  See ${docs}`;
  return `${text}${/[.?!]$/.test(text) ? " See" : "; see"} ${docs}`;
}

/** A stack keeps its lines; what a message adds to them is set in, so that none of it passes for a line of ours. */
function setIn(text: string): string {
  return text
    .split("\n")
    .map((line, index) => (index === 0 || line.startsWith(" ") ? "" : "  ") + oneLine(line))
    .join("\n");
}

function eventLevel(event: AuthEvent): LogLevel {
  switch (event.kind) {
    case "started":
      return "info";
    case "refused":
      return event.reason === "credentials_missing" ? "debug" : levelOfStatus(event.status);
    case "denied":
      return levelOfStatus(event.status);
    case "admitted":
    case "answered":
    case "api_call":
      return "debug";
    case "issuer":
    case "api":
      if (event.state === "refused") return "error";
      return event.state === "unreachable" ? "warn" : "info";
    case "advice":
      return "warn";
    case "unguarded":
    case "fault":
      return "error";
  }
}

function levelOfStatus(status: number): LogLevel {
  return status >= 500 ? "error" : "warn";
}

function eventText(event: AuthEvent): string {
  switch (event.kind) {
    case "started":
      return (
        `Guarding ${event.resource} with tokens from ${event.issuer} ${AUDIENCES[event.audience]}. In the WorkOS dashboard, ` +
        `Connect > Configuration > MCP resource indicators must hold exactly: ${event.resource}`
      );
    case "unguarded":
      return `NOT guarding ${event.resource}: ${event.detail}`;
    case "refused":
      return `Refused ${event.method}${refusedWhom(event)} with ${event.status} ${event.reason}: ${event.detail}`;
    case "denied": {
      const { status, reason, rule, detail, oneOf } = event;
      const maybe = oneOf === undefined ? "" : ` (or another of the ${oneOf.of} uses of its batch)`;
      return `Denied ${asked(event)}${maybe} with ${status} ${reason}, by ${rule ?? "no rule"}: ${detail}`;
    }
    case "admitted":
      return `Let through ${asked(event)}`;
    case "answered": {
      const { status, durationMs, isComplete } = event;
      const end = isComplete ? `with ${status}` : "until the client left";
      return `Answered ${asked(event)} ${end} in ${durationMs} ms`;
    }
    case "issuer":
      return `The ${event.document} of ${event.issuer} is ${event.state}: ${event.detail}`;
    case "api":
      if (event.about === "own API key") {
        return event.state === "refused"
          ? `The WorkOS API refuses this server's own API key: ${event.detail}`
          : "The WorkOS API accepts this server's own API key again";
      }
      return `The WorkOS API is ${event.state} for ${event.about}: ${event.detail}`;
    case "api_call": {
      const { method, route, status = "no answer", attempts, durationMs } = event;
      const often = attempts === 1 ? "" : ` after ${attempts} attempts`;
      return `Asked WorkOS ${method} ${route}: ${status}${often} in ${durationMs} ms`;
    }
    case "advice":
      return `${event.code}: ${event.detail}`;
    case "fault":
      if (event.reason !== undefined) {
        return `Fault in what this server runs, ${event.reason}: ${event.detail}`;
      }
      return `Fault in @xmcp-dev/workos, request refused with 500 internal_fault: ${event.detail}`;
  }
}

/** The first line's words for each audience. */
const AUDIENCES: Readonly<Record<Extract<AuthEvent, { kind: "started" }>["audience"], string>> = {
  resource: "for this resource only",
  environment: "for this resource or the whole environment",
  undetermined:
    "for this resource, or for the whole environment until this resource is a registered indicator",
};

function asked({
  method,
  target,
  ...known
}: Extract<AuthEvent, { kind: "denied" | "answered" | "admitted" }>): string {
  const sent = target?.sentAs === undefined ? "" : ` (sent as ${target.sentAs})`;
  const what = target === undefined ? "" : ` of ${target.kind} ${target.name}${sent}`;
  return `${method}${what} to ${describeCaller(known)}`;
}

function refusedWhom({ caller, organizationId }: Partial<KnownCaller>): string {
  return caller === undefined ? "" : ` of ${describeCaller({ caller, organizationId })}`;
}

/** Names a caller, and the person who acts in its name. */
function describeCaller({
  caller,
  organizationId,
}: Pick<KnownCaller, "caller" | "organizationId">): string {
  const { kind, id, impersonator } = caller;
  const by = impersonator === undefined ? "" : ` (impersonated by ${impersonator})`;
  const where = organizationId === undefined ? "" : ` in ${organizationId}`;
  return `${kind} ${id}${by}${where}`;
}
