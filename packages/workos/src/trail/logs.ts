import type { Observer, TrailEvent } from "./event.js";

/** Where log lines go: `console` fits. */
export interface LogSink {
  readonly info: (line: string) => void;
  readonly warn: (line: string) => void;
  readonly error: (line: string) => void;
}

/**
 * Turns events into one line each, worded for the person who runs the server.
 *
 * A request without credentials is how every client begins, so it makes no line.
 */
export function logs(sink: LogSink): Observer {
  return (event) => {
    const line = describe(event);
    if (line !== undefined) sink[line.level](`[workos] ${line.text}`);
  };
}

function describe(event: TrailEvent): { level: keyof LogSink; text: string } | undefined {
  switch (event.kind) {
    case "started":
      return {
        level: "info",
        text:
          `Guarding ${event.resource} with tokens from ${event.issuer}. In the WorkOS dashboard, ` +
          `Connect > Configuration > MCP resource indicators must hold exactly: ${event.resource}`,
      };
    case "refused":
      if (event.reason === "credentials_missing") return undefined;
      return {
        level: event.status >= 500 ? "error" : "warn",
        text: `Refused ${event.method} with ${event.status} ${event.reason}: ${event.detail}`,
      };
    case "denied": {
      const { method, target, caller, organizationId, status, reason, rule, detail } = event;
      const where = organizationId === undefined ? "" : ` in ${organizationId}`;
      return {
        level: status >= 500 ? "error" : "warn",
        text: `Denied ${method} of ${target} to ${caller}${where} with ${status} ${reason}, by ${rule ?? "no rule"}: ${detail}`,
      };
    }
    case "issuer":
      return {
        level: event.state === "unreachable" ? "warn" : "info",
        text: `The ${event.document} of ${event.issuer} is ${event.state}: ${event.detail}`,
      };
    case "api":
      return {
        level: event.state === "unreachable" ? "warn" : "info",
        text: `The WorkOS API is ${event.state} for ${event.about}: ${event.detail}`,
      };
    case "advice":
      return { level: "warn", text: `${event.code}: ${event.detail}` };
    case "fault":
      return {
        level: "error",
        text: `Fault in @xmcp-dev/workos, request refused: ${event.detail}`,
      };
  }
}
