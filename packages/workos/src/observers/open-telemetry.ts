import { trace, type MeterProvider, type TracerProvider } from "@opentelemetry/api";
import { hasMethods, readFunctionOptions, type MemberForms } from "../known-members.js";
import type { AuthEvent } from "../trail/event.js";
import type { Observer } from "../trail/observer.js";
import { withHooks } from "./hooks.js";
import { createMetrics } from "./open-telemetry-metrics.js";
import { createSpans } from "./open-telemetry-spans.js";

/** Whose tracer and meter; the global ones when left out, whenever those are set up. */
export interface OpenTelemetryOptions {
  /** Where spans go. Default the global provider. */
  readonly tracerProvider?: TracerProvider;
  /** Where metrics go. Default the global provider. */
  readonly meterProvider?: MeterProvider;
}

const FORMS: MemberForms<OpenTelemetryOptions> = {
  tracerProvider: {
    fits: (value) => hasMethods(value, "getTracer"),
    must: "must be a TracerProvider of @opentelemetry/api: it has getTracer()",
  },
  meterProvider: {
    fits: (value) => hasMethods(value, "getMeter"),
    must: "must be a MeterProvider of @opentelemetry/api: it has getMeter()",
  },
};

const NAME = "@xmcp-dev/workos";

/**
 * Makes an observer that reports to OpenTelemetry: a server span for every request, in which the tools run,
 * and metrics.
 *
 * The span joins the trace of the message's `_meta` (traceparent), else that of the header fields, unless
 * an HTTP instrumentation already has: then it is a part of that one's span. Its name and attributes follow the
 * semantic conventions for MCP (development status), HTTP and `enduser`; those of ours begin with `workos.`.
 *
 * Does NOT set up an SDK or an exporter, and does NOT see that a tool's own result is an error.
 *
 * @throws ConfigurationError for options that cannot work.
 * @example
 * ```ts
 * const middleware = workosProvider({ observers: [openTelemetry()] });
 * ```
 * @see https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/mcp.md
 */
export function openTelemetry(given: OpenTelemetryOptions = {}): Observer {
  const options: OpenTelemetryOptions = readFunctionOptions(
    { path: "openTelemetry", forms: FORMS, refused: "openTelemetry() cannot start" },
    given,
  );
  const { tracerProvider = trace.getTracerProvider(), meterProvider } = options;
  const metrics = createMetrics(NAME, meterProvider);
  const spans = createSpans(tracerProvider.getTracer(NAME), metrics.isNamed);
  const onEvent = (event: AuthEvent): void => {
    if (isRepeated(event)) return;
    // First: a name that metrics tell apart may be in the span's name.
    metrics.record(event);
    spans.record(event);
  };
  const { startRequestScope } = spans;
  const { learnNames } = metrics;
  return withHooks({ name: "opentelemetry", onEvent }, { startRequestScope, learnNames });
}

/** Whether an event is about an operation, or about a denial, that an event before it was about. */
function isRepeated(event: AuthEvent): boolean {
  // One operation, however many things it named; one denial, whichever use of a batch it was.
  if (event.kind === "answered") return (event.part?.number ?? 1) > 1;
  return event.kind === "denied" && (event.oneOf?.number ?? 1) > 1;
}
