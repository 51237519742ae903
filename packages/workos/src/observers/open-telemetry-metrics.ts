import { metrics, type MeterProvider } from "@opentelemetry/api";
import type { AccessAttempt, AuthEvent } from "../trail/event.js";
import { legibleName } from "../trail/legible.js";
import type { RegisteredNames } from "./hooks.js";
import { createInstruments, type Instruments } from "./instruments.js";
import { createNames, OTHER } from "./metric-names.js";
import { errorType, targetAttributes } from "./open-telemetry-attributes.js";

/** Names of one kind that metrics tell apart, since callers may invent names. */
const MAX_NAMES = 200;
/** Methods that have their place among them from the start (MCP 2024-11-05 to 2026-07-28). */
const METHODS = [
  "initialize",
  "ping",
  "server/discover",
  "tools/list",
  "tools/call",
  "resources/list",
  "resources/templates/list",
  "resources/read",
  "resources/subscribe",
  "resources/unsubscribe",
  "subscriptions/listen",
  "prompts/list",
  "prompts/get",
  "completion/complete",
  "logging/setLevel",
  "notifications/initialized",
  "notifications/cancelled",
  "notifications/progress",
  "notifications/roots/list_changed",
];
/** Versions that metrics tell apart: a client may write anything into the header field. */
const VERSIONS: ReadonlySet<string> = new Set([
  "2024-11-05",
  "2025-03-26",
  "2025-06-18",
  "2025-11-25",
  "2026-07-28",
]);

type ApiCall = Extract<AuthEvent, { kind: "api_call" }>;

/** What is counted and measured. */
export interface Metrics {
  readonly record: (event: AuthEvent) => void;
  /** Whether metrics tell the event's target apart from others. */
  readonly isNamed: (event: AccessAttempt) => boolean;
  /** Takes names that have their place whatever callers invent. */
  readonly learnNames: (registered: RegisteredNames) => void;
}

/**
 * Creates the metrics.
 *
 * @param name of the meter.
 * @param meterProvider the global one, whenever that is set up, when left out.
 */
export function createMetrics(name: string, meterProvider: MeterProvider | undefined): Metrics {
  let meters: { readonly provider: MeterProvider; readonly instruments: Instruments } | undefined;
  /** Unlike a tracer, a meter that was asked for before the SDK was set up never becomes that SDK's. */
  const instruments = (): Instruments => {
    const provider = meterProvider ?? metrics.getMeterProvider();
    if (meters?.provider !== provider) {
      meters = { provider, instruments: createInstruments(provider.getMeter(name)) };
    }
    return meters.instruments;
  };
  const methods = createNames(MAX_NAMES - METHODS.length);
  methods.know(METHODS);
  const targets = createNames(MAX_NAMES);
  const routes = createNames(MAX_NAMES);
  const isNamed = (event: AccessAttempt): boolean =>
    targets.show(targetKey(event), false) !== OTHER;

  const measure = (event: Extract<AuthEvent, { kind: "answered" | "denied" }>): void => {
    const { method, target, protocolVersion: version, durationMs } = event;
    const error = errorType(event);
    // A name that no caller may use may be invented, and takes no other's place.
    const mayTake = event.kind === "answered";
    const hasName = target !== undefined && target.kind !== "resource";
    if (isNamedByRule(event)) targets.know([targetKey(event)]);
    const isShown = hasName && targets.show(targetKey(event), mayTake) !== OTHER;
    instruments().durations.record(durationMs / 1000, {
      "mcp.method.name": methods.show(method, true),
      "network.transport": "tcp",
      "network.protocol.name": "http",
      ...targetAttributes(event, isShown ? target.name : OTHER),
      ...(version === undefined
        ? {}
        : { "mcp.protocol.version": VERSIONS.has(version) ? version : OTHER }),
      ...(error === undefined ? {} : { "error.type": error }),
    });
  };

  const measureApiCall = (event: ApiCall): void => {
    const { about, method, route, server, status, attempts, durationMs } = event;
    const isError = status === undefined || status >= 400;
    instruments().calls.record(durationMs / 1000, {
      "http.request.method": method,
      "url.template": routes.show(route, true),
      "workos.about": about,
      "server.address": server.address,
      "server.port": server.port,
      ...(status === undefined ? {} : { "http.response.status_code": status }),
      ...(attempts > 1 ? { "http.request.resend_count": attempts - 1 } : {}),
      ...(isError ? { "error.type": status === undefined ? "no_answer" : String(status) } : {}),
    });
  };

  return {
    isNamed,
    learnNames({ tools = [], prompts = [] }) {
      targets.know(tools.map((tool) => `tool ${legibleName(tool)}`));
      targets.know(prompts.map((prompt) => `prompt ${legibleName(prompt)}`));
    },
    record(event) {
      switch (event.kind) {
        case "answered":
          measure(event);
          return;
        case "denied": {
          const { reason, rule = "none", isFurther, isInside } = event;
          instruments().denials.add(1, { reason, rule });
          // The operation is about what the answer is about; one that goes on is measured when it is answered.
          if (isFurther !== true && isInside !== true) measure(event);
          return;
        }
        case "refused": {
          const { reason, status } = event;
          instruments().refusals.add(1, { reason, "http.response.status_code": status });
          return;
        }
        case "api_call":
          measureApiCall(event);
          return;
        case "issuer":
        case "api":
          if (event.state !== "recovered") {
            const about = event.kind === "api" ? event.about : event.document;
            instruments().outages.add(1, { about });
          }
          return;
        case "advice":
          instruments().advice.add(1, { code: event.code });
          return;
        case "fault":
        case "started":
        case "unguarded":
        case "admitted":
      }
    },
  };
}

/** Whether the rule that decided is about this very name, and not about a pattern that it fits. */
function isNamedByRule({ target, rule }: AccessAttempt): boolean {
  return target !== undefined && rule === `access.${target.kind}s[${JSON.stringify(target.name)}]`;
}

/** A target among those that metrics tell apart. */
function targetKey({ target }: Pick<AccessAttempt, "target">): string {
  return `${target?.kind} ${target?.name}`;
}
