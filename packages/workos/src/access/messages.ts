import { toMembers } from "../standards/members.js";
import { canonicalUri, uriReadings } from "../standards/uri.js";
import type { TargetKind } from "./access-map.js";

/** What a message wants to use. */
export interface Target {
  readonly kind: TargetKind;
  /** As the message names it; the empty string when it names nothing that could be a name. */
  readonly name: string;
  /** Every name that the rules must allow, one at least: a URI as sent and in every form a server may read it as. */
  readonly names: readonly string[];
  /** Whether the name has more forms than can be judged, so that it is denied. */
  readonly isUncertain?: true;
  /** Whether the name is the text of a URI template, whose variables are to be completed. */
  readonly isTemplate?: true;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** One JSON-RPC message, as far as access depends on it. */
export interface Message {
  /** None for a notification, and for what is no request at all. */
  readonly id: string | number | undefined;
  readonly method: string;
  readonly targets: readonly Target[];
  /** What it lists, if it does. */
  readonly lists: TargetKind | undefined;
}

const LISTS: Readonly<Record<string, TargetKind>> = {
  "tools/list": "tool",
  "resources/list": "resource",
  "resources/templates/list": "resource",
  "prompts/list": "prompt",
};

type Members = Readonly<Record<string, unknown>>;

/**
 * Reads the messages of a parsed body, reading the very object that the dispatcher will.
 *
 * Header fields such as `Mcp-Name` are never looked at: only what is dispatched counts.
 * What is no message is left to the dispatcher, which refuses it. Does NOT judge.
 *
 * @returns undefined when the body is neither an object nor a list, so that it is not known
 *   what a dispatcher would make of it.
 */
export function readMessages(body: unknown): readonly Message[] | undefined {
  if (typeof body !== "object" || body === null || ArrayBuffer.isView(body)) return undefined;
  return (Array.isArray(body) ? (body as readonly unknown[]) : [body]).map(readMessage);
}

function readMessage(message: unknown): Message {
  const { id, method, params } = toMembers(message);
  const name = typeof method === "string" ? method : "";
  return {
    id: typeof id === "string" || typeof id === "number" ? id : undefined,
    method: name,
    targets: readTargets(name, toMembers(params)),
    lists: Object.hasOwn(LISTS, name) ? LISTS[name] : undefined,
  };
}

/**
 * Which tools, resources and prompts a method uses (MCP 2024-11-05 to 2026-07-28). A
 * method that is not here uses none of them, as far as is known.
 */
function readTargets(method: string, params: Members): readonly Target[] {
  switch (method) {
    case "tools/call":
      return [named("tool", params["name"], params["arguments"])];
    case "prompts/get":
      return [named("prompt", params["name"], params["arguments"])];
    case "resources/read":
    case "resources/subscribe":
    case "resources/unsubscribe":
      return [resource(params["uri"])];
    case "completion/complete": {
      const { type, name, uri } = toMembers(params["ref"]);
      if (type === "ref/prompt") return [named("prompt", name, {})];
      return type === "ref/resource" ? [template(uri)] : [];
    }
    case "subscriptions/listen": {
      const { resourceSubscriptions } = toMembers(params["notifications"]);
      const uris: readonly unknown[] = Array.isArray(resourceSubscriptions)
        ? resourceSubscriptions
        : [];
      return uris.map(resource);
    }
    default:
      return [];
  }
}

function named(kind: "tool" | "prompt", given: unknown, args: unknown): Target {
  const name = typeof given === "string" ? given : "";
  return { kind, name, names: [name], arguments: toMembers(args) };
}

/** A resource by its URI. */
export function resource(given: unknown): Target {
  const name = typeof given === "string" ? given : "";
  const names = uriReadings(name);
  return {
    kind: "resource",
    name,
    names: names ?? [name],
    ...(names === undefined ? { isUncertain: true } : {}),
    arguments: {},
  };
}

const TOOL_UI = /^ui:\/\/app\/(.+)\.html$/;

/** Returns the tool whose UI a URI is, by xmcp's convention. */
export function toolOfUi(uri: string): string | undefined {
  if (!/^ui:/i.test(uri)) return undefined;
  // A fragment is none of a resource's name (RFC 3986 §3.5).
  const [bare = ""] = canonicalUri(uri).split("#", 1);
  return TOOL_UI.exec(bare)?.[1];
}

/** Resources by the text of their URI template (RFC 6570). */
export function template(given: unknown): Target {
  const name = typeof given === "string" ? given : "";
  return { kind: "resource", name, names: [name], isTemplate: true, arguments: {} };
}
