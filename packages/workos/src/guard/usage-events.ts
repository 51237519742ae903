import { readMessages, type Message, type Target } from "../access/messages.js";
import type { DeniedInside } from "../session/store.js";
import type { VerifiedCredential } from "../credential/verify-credential.js";
import type {
  AccessAttempt,
  RequestOrigin,
  RecordedArguments,
  KnownCaller,
  AuthEvent,
  UsedTarget,
} from "../trail/event.js";
import { legible, legibleName } from "../trail/legible.js";
import { findOrganization } from "./addressed-resource.js";

/** A request's own account of where it comes from; unverified. */
export interface Origin {
  /** What the client claims to speak: the MCP-Protocol-Version field. */
  readonly protocolVersion?: string | undefined;
  /** The address that called. */
  readonly address?: string | undefined;
  /** The User-Agent field. */
  readonly userAgent?: string | undefined;
}

/** Describes one use for the trail: that a message of an authenticated caller asks for. Does NOT name arguments. */
export function describeAttempt(
  credential: VerifiedCredential,
  { id, method }: Message,
  use: Pick<AccessAttempt, "rule" | "callId"> & {
    readonly target: Target | undefined;
    readonly part?: AccessAttempt["part"] | undefined;
  },
  origin: Origin,
): AccessAttempt {
  const { target, rule, callId, part } = use;
  return {
    ...describeCaller(credential),
    method: legible(method),
    target: target === undefined ? undefined : usedTarget(target),
    rule,
    requestId: typeof id === "string" ? legible(id) : id,
    callId,
    ...(part === undefined ? {} : { part }),
    ...describeOrigin(origin),
  };
}

/** Longest spelling as it was sent, beside the name that was judged. */
const LONGEST_SPELLING = 200;

/** Names a target by what was judged: the normal form that a server reads, and beside it what was sent. */
function usedTarget({ kind, name: sent, names }: Target): UsedTarget {
  const judged = kind === "resource" ? readable(names[1] ?? sent) : sent;
  return {
    kind,
    name: legibleName(judged),
    ...(judged === sent ? {} : { sentAs: legibleName(sent, LONGEST_SPELLING) }),
  };
}

/** Letters beyond ASCII, which a URI's normal form has percent-encoded, as they are read; nothing else is decoded. */
function readable(uri: string): string {
  return uri.replaceAll(/(?:%[89A-F][0-9A-F])+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}

/** Describes a caller for the trail. */
export function describeCaller(credential: VerifiedCredential): KnownCaller {
  const organizationId = findOrganization(credential);
  if (credential.kind === "api-key") {
    const { id } = credential.key;
    return { caller: { kind: "api-key", id: legible(id) }, organizationId, clientId: undefined };
  }
  const { principal, authkit } = credential;
  const { kind, id } = principal;
  const impersonator = shown(authkit.impersonator);
  return {
    caller: { kind, id, ...(impersonator === undefined ? {} : { impersonator }) },
    organizationId,
    clientId: shown(authkit.clientId),
  };
}

/** Describes where a request came from for the trail. */
export function describeOrigin({ protocolVersion, address, userAgent }: Origin): RequestOrigin {
  return {
    protocolVersion: shown(protocolVersion),
    from: { address: shown(address), userAgent: shown(userAgent) },
  };
}

function shown(text: string | undefined): string | undefined {
  return text === undefined ? undefined : legible(text);
}

/** Different denials of one batch that are reported, each for every use that it may have been. */
const MOST_DENIALS = 10;

/**
 * Describes what tools of a request deny once they run, as events.
 *
 * Which message of a batch a tool was called by cannot be found out, so that a denial is an event for each use of the
 * batch, under its own name; the same denial is reported once, and ten different ones at most.
 */
export function createDeniedInside(
  credential: VerifiedCredential,
  request: Origin & { readonly body?: unknown },
  newId: () => string,
): (denied: DeniedInside, durationMs: number) => readonly AuthEvent[] {
  const messages = readMessages(request.body) ?? [];
  const [first = NO_MESSAGE] = messages;
  const uses = expandMessages(messages.filter(({ targets }) => targets.length > 0));
  const told = uses.length === 0 ? [{ message: first, target: undefined }] : uses;
  const seen = new Set<string>();
  return ({ reason, detail }, durationMs) => {
    const key = `${reason} ${detail}`;
    if (told.length > 1 && (seen.has(key) || seen.size >= MOST_DENIALS)) return [];
    seen.add(key);
    return told.map(({ message, target }, index) => ({
      kind: "denied",
      ...describeAttempt(
        credential,
        message,
        { target, rule: "access.require()", callId: newId() },
        request,
      ),
      reason,
      detail,
      durationMs,
      // The answer has begun, and it is the tool's.
      status: 200,
      isInside: true,
      ...(told.length === 1 ? {} : { oneOf: { number: index + 1, of: told.length } }),
    }));
  };
}

/** Uses that a fault names at most. */
const MAX_NAMED_USES = 5;

/** Names what a request uses, for the operator. */
export function describeUses(body: unknown): string {
  const uses = (readMessages(body) ?? []).flatMap(({ targets }) => targets).map(usedTarget);
  const named = uses.slice(0, MAX_NAMED_USES).map(({ kind, name }) => `${kind} ${name}`);
  const rest = uses.length > named.length ? ` and ${uses.length - named.length} more` : "";
  return named.length === 0 ? "a request" : `${named.join(", ")}${rest}`;
}

/** Returns the kind of all that a request uses; undefined when it uses several kinds, or nothing. */
export function usedKind(body: unknown): Target["kind"] | undefined {
  const targets = (readMessages(body) ?? []).flatMap((message) => message.targets);
  const [kind, another] = new Set(targets.map((target) => target.kind));
  return another === undefined ? kind : undefined;
}

/** Counts the requests of a body that are answered: a notification is not. */
export function countRequests(body: unknown): number {
  return (readMessages(body) ?? []).filter(({ id, method }) => id !== undefined && method !== "")
    .length;
}

const NO_MESSAGE: Message = { id: undefined, method: "", targets: [], lists: undefined };

/**
 * Things that the messages of a request name, and that observers are told of one by one; each event holds how many there
 * were. Every message has one event, however many there are.
 */
const MOST_PARTS = 50;

/** One thing that a message names, or that it names nothing, as observers are told of it. */
interface ToldUse extends Pick<AccessAttempt, "part"> {
  readonly message: Message;
  readonly target: Target | undefined;
}

/** What observers are told of the messages of a request, one by one. */
export function expandMessages(messages: readonly Message[]): readonly ToldUse[] {
  const most = Math.max(1, Math.floor(MOST_PARTS / messages.length));
  return messages.flatMap((message): readonly ToldUse[] => {
    const { targets: named } = message;
    const targets = named.length > 1 ? differing(named) : named;
    if (targets.length < 2) return [{ message, target: targets[0] }];
    return targets.slice(0, most).map((target, index) => ({
      message,
      target,
      part: { number: index + 1, of: targets.length },
    }));
  });
}

/** Targets with different names: naming a thing twice is no second use of it. */
function differing(targets: readonly Target[]): readonly Target[] {
  const named = new Set<string>();
  return targets.filter(({ kind, name }) => {
    const { size } = named;
    return named.add(`${kind} ${name}`).size > size;
  });
}

/** A message that was let through, and which of its arguments the trail keeps. */
export interface Admitted extends AccessAttempt {
  readonly arguments: Readonly<Record<string, string | number | boolean>>;
}

/** Picks the arguments that the operator wants kept: texts, made legible, numbers and truth values. */
export function keptArguments(
  target: Target | undefined,
  keep: RecordedArguments,
): Readonly<Record<string, string | number | boolean>> {
  const names = target?.kind === "tool" ? keep.get(target.name) : undefined;
  if (target === undefined || names === undefined) return {};
  // Entries, since an assignment to `__proto__` is lost.
  return Object.fromEntries(
    names.flatMap((name): readonly (readonly [string, string | number | boolean])[] => {
      const value = Object.hasOwn(target.arguments, name) ? target.arguments[name] : undefined;
      if (typeof value === "string") return [[name, legible(value)]];
      // JSON has no such number, although 1e999 is read as one.
      if (typeof value === "number") return [[name, Number.isFinite(value) ? value : `${value}`]];
      return typeof value === "boolean" ? [[name, value]] : [];
    }),
  );
}
