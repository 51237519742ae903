import { problemAt, type Problem } from "../errors.js";
import type { RecordedArguments, AuthEvent } from "../trail/event.js";
import { legible } from "../trail/legible.js";
import type { AuditLogAction, AuditLogEvent, AuditLogSchema } from "../workos/audit-log-event.js";

/** An event that an auditor may ask about: a use of a tool, a resource or a prompt. */
export type AuditedEvent = Extract<AuthEvent, { kind: "admitted" | "answered" | "denied" }>;

const KINDS = ["tool", "resource", "prompt"] as const;

const ACTIONS = {
  tool: { used: "mcp.tool.called", denied: "mcp.tool.denied" },
  resource: { used: "mcp.resource.read", denied: "mcp.resource.denied" },
  prompt: { used: "mcp.prompt.read", denied: "mcp.prompt.denied" },
} as const;

const ALWAYS = [
  "outcome",
  "method",
  "client_id",
  "impersonator",
  "rule",
  "request_id",
  "protocol_version",
  "sent_as",
];
const ANSWERED = ["status", "duration_ms"];

/** Names in metadata and their letters, at most (WorkOS, Audit Logs, metadata). */
const MAX_NAMES = 50;
const MAX_NAME_LENGTH = 40;
/** What the names of arguments begin with. */
const ARGUMENT = "argument_";
const MAX_ARGUMENTS = MAX_NAMES - ALWAYS.length - ANSWERED.length;
const MAX_ARGUMENT_LENGTH = MAX_NAME_LENGTH - ARGUMENT.length;

/**
 * The schemas that WorkOS must have before it takes the events: one for each action.
 *
 * Arguments that `recordArguments` names arrive as `argument_…`, which schemas need not name.
 */
export const auditLogSchemas: readonly AuditLogSchema[] = Object.freeze(
  KINDS.flatMap((kind) => [
    schema(ACTIONS[kind].used, kind, [...ALWAYS, ...ANSWERED]),
    schema(ACTIONS[kind].denied, kind, [...ALWAYS, ...ANSWERED, "reason", "one_of"]),
  ]),
);

function schema(
  action: AuditLogAction,
  type: (typeof KINDS)[number],
  names: readonly string[],
): AuditLogSchema {
  const metadata = Object.fromEntries(names.map((name) => [name, "string"] as const));
  return Object.freeze({ action, targets: [{ type }] as const, metadata });
}

/**
 * Words an event about a tool, a resource or a prompt in the audit log's words.
 *
 * `outcome` is `unknown` for a call that was let through and has not ended: it is what remains when
 * the process dies under it.
 *
 * @param now milliseconds since the epoch.
 */
export function toAuditLogEvent(
  event: AuditedEvent,
  target: NonNullable<AuditedEvent["target"]>,
  now: number,
): AuditLogEvent {
  const { caller, from } = event;
  return {
    action: ACTIONS[target.kind][event.kind === "denied" ? "denied" : "used"],
    occurredAt: new Date(now).toISOString(),
    actor: { type: caller.kind === "api-key" ? "api_key" : caller.kind, id: caller.id },
    targets: [{ type: target.kind, id: target.name }],
    context: {
      location: from.address ?? "unknown",
      ...(from.userAgent === undefined ? {} : { userAgent: from.userAgent }),
    },
    metadata: toMetadata(event),
  };
}

function toMetadata(event: AuditedEvent): Readonly<Record<string, string>> {
  const { method, clientId, caller, rule, requestId, protocolVersion } = event;
  const known: Record<string, unknown> = {
    outcome: describeOutcome(event),
    method,
    client_id: clientId,
    impersonator: caller.impersonator,
    rule,
    request_id: requestId,
    protocol_version: protocolVersion,
    sent_as: event.target?.sentAs,
    ...(event.kind === "admitted"
      ? {}
      : { status: event.status, duration_ms: Math.round(event.durationMs) }),
    ...(event.kind === "denied" ? { reason: event.reason, one_of: event.oneOf?.of } : {}),
  };
  if (event.kind !== "denied") {
    for (const [name, value] of Object.entries(event.arguments)) {
      known[`${ARGUMENT}${name}`] = value;
    }
  }
  return Object.fromEntries(
    Object.entries(known)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, legible(String(value))]),
  );
}

/** Finds names of kept arguments that metadata cannot hold; one sentence for each. */
export function argumentProblems(keep: RecordedArguments): readonly Problem[] {
  return [...keep].flatMap(([tool, listed]) => {
    const path = `recordArguments[${JSON.stringify(tool)}]`;
    const names = new Set(listed);
    const problems: Problem[] = [];
    for (const name of names) {
      const label = legible(name);
      if (label !== name && name.length <= MAX_ARGUMENT_LENGTH) {
        problems.push(problemAt(path, `names ${label}, which WorkOS Audit Logs cannot hold`));
      } else if (name.length > MAX_ARGUMENT_LENGTH) {
        problems.push(
          problemAt(
            path,
            `names ${label}, which is longer than the ${MAX_ARGUMENT_LENGTH} characters that WorkOS Audit Logs have room for`,
          ),
        );
      }
    }
    if (names.size > MAX_ARGUMENTS) {
      problems.push(
        problemAt(
          path,
          `names ${names.size} arguments, and WorkOS Audit Logs have room for ${MAX_ARGUMENTS}`,
        ),
      );
    }
    return problems;
  });
}

function describeOutcome(event: AuditedEvent): string {
  if (event.kind === "admitted") return "unknown";
  if (event.kind === "denied") return "denied";
  return event.isComplete ? "answered" : "client_left";
}
