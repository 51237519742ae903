import { printable } from "../access/explain.js";
import type { Message, Target } from "../access/messages.js";
import type { VerifiedCredential } from "../token/credential-verifier.js";
import type { Asked, TrailCaller } from "../trail/event.js";
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

/** What the trail says of one message of an authenticated caller. Does NOT name arguments. */
export function askedOf(
  credential: VerifiedCredential,
  { id, method }: Message,
  use: {
    readonly target: Target | undefined;
    readonly rule: string | undefined;
    readonly callId: string;
  },
  { protocolVersion, address, userAgent }: Origin,
): Asked {
  const { target, rule, callId } = use;
  return {
    caller: callerOf(credential),
    organizationId: organizationOf(credential),
    clientId: credential.kind === "api-key" ? undefined : credential.authkit.clientId,
    method: printable(method),
    target: target === undefined ? undefined : { kind: target.kind, name: printable(target.name) },
    rule,
    requestId: typeof id === "string" ? printable(id) : id,
    protocolVersion: printed(protocolVersion),
    callId,
    from: { address: printed(address), userAgent: printed(userAgent) },
  };
}

function printed(text: string | undefined): string | undefined {
  return text === undefined ? undefined : printable(text);
}

function callerOf(credential: VerifiedCredential): TrailCaller {
  return credential.kind === "api-key"
    ? { kind: "api-key", id: credential.key.id }
    : { kind: credential.principal.kind, id: credential.principal.id };
}

/** A message that was let through, and which of its arguments the trail keeps. */
export interface Admitted extends Asked {
  readonly arguments: Readonly<Record<string, string | number | boolean>>;
}

/** Arguments that the trail keeps, by the tool's name. */
export type KeepArguments = ReadonlyMap<string, readonly string[]>;

/** Longest text of an argument that is kept. */
const LONGEST_ARGUMENT = 500;

/** The arguments that the operator wants kept: texts, cut to 500 characters, numbers and truth values. */
export function keptArguments(
  target: Target | undefined,
  keep: KeepArguments,
): Readonly<Record<string, string | number | boolean>> {
  const kept: Record<string, string | number | boolean> = {};
  if (target?.kind !== "tool") return kept;
  for (const name of keep.get(target.name) ?? []) {
    if (!Object.hasOwn(target.arguments, name)) continue;
    const value = target.arguments[name];
    if (typeof value === "string") kept[name] = value.slice(0, LONGEST_ARGUMENT);
    else if (typeof value === "number" || typeof value === "boolean") kept[name] = value;
  }
  return kept;
}
