import type { Attributes } from "@opentelemetry/api";
import type { AccessAttempt, AuthEvent, KnownCaller, RequestOrigin } from "../trail/event.js";

/** Describes who it was, if known. */
export function callerAttributes({
  caller,
  organizationId,
  clientId,
}: Partial<KnownCaller>): Attributes {
  return {
    ...(caller === undefined ? {} : { "enduser.id": caller.id, "workos.caller.kind": caller.kind }),
    ...(caller?.impersonator === undefined
      ? {}
      : { "workos.impersonator.id": caller.impersonator }),
    ...(organizationId === undefined ? {} : { "workos.organization.id": organizationId }),
    ...(clientId === undefined ? {} : { "workos.client.id": clientId }),
  };
}

/** Describes where it came from. */
export function originAttributes({ protocolVersion, from }: Partial<RequestOrigin>): Attributes {
  return {
    ...(protocolVersion === undefined ? {} : { "mcp.protocol.version": protocolVersion }),
    ...(from?.address === undefined ? {} : { "client.address": from.address }),
    ...(from?.userAgent === undefined ? {} : { "user_agent.original": from.userAgent }),
  };
}

/** Names what kind of error it was, as the conventions do; undefined when it was none. */
export function errorType(
  event: Extract<AuthEvent, { kind: "answered" | "denied" }>,
): string | undefined {
  if (event.kind === "denied") return event.reason;
  if (!event.isComplete) return "client_left";
  return event.status >= 400 ? String(event.status) : undefined;
}

/** Describes what was to be used, by the name that is to be shown. */
export function targetAttributes(
  { method, target }: Pick<AccessAttempt, "method" | "target">,
  name: string,
): Attributes {
  return {
    ...(method === "tools/call" ? { "gen_ai.operation.name": "execute_tool" } : {}),
    ...(target?.kind === "tool" ? { "gen_ai.tool.name": name } : {}),
    ...(target?.kind === "prompt" ? { "gen_ai.prompt.name": name } : {}),
  };
}
