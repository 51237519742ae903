import { documentationUrl } from "../standards/documentation.js";
import type { AuthEvent } from "./event.js";

/** Returns the URL of an event's documentation: of its reason id or code; undefined when there is nothing to do. */
export function eventDocumentation(event: AuthEvent): string | undefined {
  switch (event.kind) {
    case "refused":
    case "denied":
      return documentationUrl("refusals", event.reason);
    case "fault":
      return documentationUrl("refusals", event.reason ?? "internal_fault");
    case "advice":
      return documentationUrl("refusals", event.code);
    case "unguarded":
      return documentationUrl("deploying", "a-server-that-is-not-guarded");
    case "issuer":
    case "api":
      return event.state === "recovered"
        ? undefined
        : documentationUrl("refusals", "outages-in-the-log");
    case "started":
    case "admitted":
    case "answered":
    case "api_call":
      return undefined;
  }
}
