import { readMessages, type Message, type Target } from "../access/messages.js";
import type { DeniedInside } from "../session/store.js";
import type { VerifiedCredential } from "../token/credential-verifier.js";
import type { Asked, Came, KeepArguments, Known, TrailEvent } from "../trail/event.js";
import { legible } from "../trail/legible.js";
import { organizationOf } from "./place.js";

/** What a request says of where it comes from, and nobody has checked. */
export interface Origin {
  /** What the client says it speaks: the MCP-Protocol-Version field. */
  readonly protocolVersion?: string | undefined;
  /** The address that called. */
  readonly address?: string | undefined;
  /** The User-Agent field. */
  readonly userAgent?: string | undefined;
}

/** What the trail says of one use that a message of an authenticated caller asks for. Does NOT name arguments. */
export function askedOf(
  credential: VerifiedCredential,
  { id, method }: Message,
  use: Pick<Asked, "rule" | "callId"> & {
    readonly target: Target | undefined;
    readonly part?: Asked["part"] | undefined;
  },
  origin: Origin,
): Asked {
  const { target, rule, callId, part } = use;
  return {
    ...knownOf(credential),
    method: legible(method),
    target: target === undefined ? undefined : { kind: target.kind, name: legible(target.name) },
    rule,
    requestId: typeof id === "string" ? legible(id) : id,
    callId,
    ...(part === undefined ? {} : { part }),
    ...cameOf(origin),
  };
}

/** What the trail says of a caller. */
export function knownOf(credential: VerifiedCredential): Known {
  const organizationId = organizationOf(credential);
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

/** What the trail says of where a request came from. */
export function cameOf({ protocolVersion, address, userAgent }: Origin): Came {
  return {
    protocolVersion: shown(protocolVersion),
    from: { address: shown(address), userAgent: shown(userAgent) },
  };
}

function shown(text: string | undefined): string | undefined {
  return text === undefined ? undefined : legible(text);
}

/**
 * What the trail says of a use that a tool denied once it ran. Of several tools in a batch nobody knows which it was, so
 * all are named.
 */
export function deniedInside(
  credential: VerifiedCredential,
  request: Origin & { readonly body?: unknown },
  said: DeniedInside & { readonly callId: string; readonly duration: number },
): TrailEvent {
  const { callId, ...denied } = said;
  const messages = readMessages(request.body) ?? [];
  const uses = messages.filter(({ targets }) => targets.length > 0);
  const [message = messages[0] ?? NO_MESSAGE] = uses;
  const [target] = message.targets;
  const names = uses.flatMap(({ targets }) => targets.map(({ name }) => name));
  return {
    kind: "denied",
    ...askedOf(
      credential,
      { ...message, id: uses.length > 1 ? undefined : message.id },
      {
        target: target === undefined ? undefined : { ...target, name: names.join(" or ") },
        rule: "requireAccess()",
        callId,
      },
      request,
    ),
    ...denied,
    // The answer has begun, and it is the tool's.
    status: 200,
    isInside: true,
  };
}

const NO_MESSAGE: Message = { id: undefined, method: "", targets: [], lists: undefined };

/**
 * Things that the messages of a request name, and that observers are told of one by one; each event says how many there
 * were. Every message has one event, however many there are.
 */
const MOST_PARTS = 50;

/** One thing that a message names, or that it names nothing, as observers are told of it. */
interface Told extends Pick<Asked, "part"> {
  readonly message: Message;
  readonly target: Target | undefined;
}

/** What observers are told of the messages of a request, one by one. */
export function toldOf(messages: readonly Message[]): readonly Told[] {
  const most = Math.max(1, Math.floor(MOST_PARTS / messages.length));
  return messages.flatMap((message): readonly Told[] => {
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
export interface Admitted extends Asked {
  readonly arguments: Readonly<Record<string, string | number | boolean>>;
}

/** Picks the arguments that the operator wants kept: texts, made legible, numbers and truth values. */
export function keptArguments(
  target: Target | undefined,
  keep: KeepArguments,
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
