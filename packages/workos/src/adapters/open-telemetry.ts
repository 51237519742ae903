import {
  context,
  createContextKey,
  metrics,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type MeterProvider,
  type Span,
  type TracerProvider,
} from "@opentelemetry/api";
import type { Asked, TrailEvent } from "../trail/event.js";
import type { Companion, ObservedRequest, Observer } from "../trail/observer.js";

/** Whose tracer and meter; the global ones when left out. */
export interface OpenTelemetryOptions {
  readonly tracerProvider?: TracerProvider;
  readonly meterProvider?: MeterProvider;
}

const NAME = "@xmcp-dev/workos";
/** Names of one kind that metrics tell apart; later ones are `_OTHER`, since callers may invent names. */
const MOST_NAMES = 200;
const SPAN = createContextKey("xmcp-dev-workos span");

/**
 * Makes an observer that tells OpenTelemetry: a server span for every request, in which the tools run,
 * and metrics.
 *
 * The span joins the trace of the message's `_meta` (traceparent), else that of the header fields, unless
 * an HTTP instrumentation already has: then it is a part of that one's span. Its name and attributes follow the
 * semantic conventions for MCP (development status), HTTP and `enduser`; those of ours begin with `workos.`.
 *
 * Does NOT set up an SDK or an exporter, and does NOT see that a tool's own result is an error.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/mcp.md
 */
export function openTelemetry({
  tracerProvider = trace.getTracerProvider(),
  meterProvider = metrics.getMeterProvider(),
}: OpenTelemetryOptions = {}): Observer {
  const tracer = tracerProvider.getTracer(NAME);
  const meter = meterProvider.getMeter(NAME);
  const durations = meter.createHistogram("mcp.server.operation.duration", {
    unit: "s",
    description: "MCP requests and notifications, from their coming to the end of the answer",
    advice: {
      explicitBucketBoundaries: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
    },
  });
  const refusals = meter.createCounter("workos.refusals", {
    description: "Requests turned away, by reason",
  });
  const denials = meter.createCounter("workos.denials", {
    description: "Messages of authenticated callers that were denied, by reason and rule",
  });
  const outages = meter.createCounter("workos.outages", {
    description: "Times that something of WorkOS became unreachable",
  });
  const calls = meter.createHistogram("http.client.request.duration", {
    unit: "s",
    description: "Calls of the WorkOS API, retries included",
    advice: {
      explicitBucketBoundaries: [
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
      ],
    },
  });
  const advice = meter.createCounter("workos.advice", {
    description: "Things that work and should be mended, by code",
  });
  const methods = bounded();
  const targets = bounded();

  const measure = (event: Extract<TrailEvent, { kind: "answered" | "denied" }>): void => {
    const { method, target, protocolVersion, duration } = event;
    const error = errorOf(event);
    durations.record(duration / 1000, {
      "mcp.method.name": methods(method),
      "network.transport": "tcp",
      "network.protocol.name": "http",
      ...nameOf(target, targets),
      ...(protocolVersion === undefined ? {} : { "mcp.protocol.version": protocolVersion }),
      ...(error === undefined ? {} : { "error.type": error }),
    });
  };

  const observe = (event: TrailEvent): void => {
    const span = context.active().getValue(SPAN) as Span | undefined;
    switch (event.kind) {
      case "answered":
        measure(event);
        describe(span, event, errorOf(event));
        return;
      case "denied": {
        const { reason, rule = "none" } = event;
        measure(event);
        denials.add(1, { reason, rule });
        describe(span, event, reason);
        span?.setAttribute("workos.detail", event.detail);
        return;
      }
      case "refused": {
        const { reason, status, detail } = event;
        refusals.add(1, { reason, "http.response.status_code": status });
        span?.setAttributes({ "error.type": reason, "workos.detail": detail });
        // A client's mistake is no error of the server (semantic conventions for HTTP server spans).
        if (status >= 500) span?.setStatus({ code: SpanStatusCode.ERROR, message: reason });
        return;
      }
      case "api_call": {
        const { about, method, route, status, attempts, duration: took } = event;
        const isError = status === undefined || status >= 400;
        calls.record(took / 1000, {
          "http.request.method": method,
          "url.template": route,
          "workos.about": about,
          ...(status === undefined ? {} : { "http.response.status_code": status }),
          ...(attempts > 1 ? { "http.request.resend_count": attempts - 1 } : {}),
          ...(isError ? { "error.type": status === undefined ? "no_answer" : String(status) } : {}),
        });
        return;
      }
      case "issuer":
      case "api":
        if (event.state === "unreachable") {
          outages.add(1, { about: event.kind === "api" ? event.about : event.document });
        }
        return;
      case "fault":
        span?.setStatus({ code: SpanStatusCode.ERROR, message: "internal_fault" });
        return;
      case "advice":
        advice.add(1, { code: event.code });
        return;
      case "started":
      case "admitted":
    }
  };

  const accompany = (request: ObservedRequest): Companion => {
    const span = tracer.startSpan(
      `MCP ${request.method}`,
      {
        kind: SpanKind.SERVER,
        attributes: { "http.request.method": request.method, "network.protocol.name": "http" },
      },
      parentOf(request),
    );
    const within = trace.setSpan(context.active(), span).setValue(SPAN, span);
    return {
      run: (work) => context.with(within, work),
      end(status) {
        span.setAttribute("http.response.status_code", status);
        if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      },
    };
  };

  return Object.assign(observe, { accompany });
}

/** The trace that the request belongs to: the message's own, an instrumentation's, or the header fields'. */
function parentOf({ headers, meta }: ObservedRequest): Context {
  if (meta !== undefined && "traceparent" in meta) return propagation.extract(ROOT_CONTEXT, meta);
  const active = context.active();
  return trace.getSpan(active) === undefined ? propagation.extract(active, headers) : active;
}

function describe(
  span: Span | undefined,
  {
    caller,
    organizationId,
    clientId,
    method,
    target,
    rule,
    requestId,
    protocolVersion,
    from,
  }: Asked,
  error: string | undefined,
): void {
  if (span === undefined) return;
  // Names of resources are many, and names that no rule knows may be anybody's invention.
  const isNamed = target !== undefined && target.kind !== "resource" && error === undefined;
  span.updateName(isNamed ? `${method} ${target.name}` : method);
  span.setAttributes({
    "mcp.method.name": method,
    ...nameOf(target),
    ...(target?.kind === "resource" ? { "mcp.resource.uri": target.name } : {}),
    ...(protocolVersion === undefined ? {} : { "mcp.protocol.version": protocolVersion }),
    ...(requestId === undefined ? {} : { "jsonrpc.request.id": String(requestId) }),
    "enduser.id": caller.id,
    "workos.caller.kind": caller.kind,
    ...(organizationId === undefined ? {} : { "workos.organization.id": organizationId }),
    ...(clientId === undefined ? {} : { "workos.client.id": clientId }),
    ...(rule === undefined ? {} : { "workos.rule": rule }),
    ...(from.address === undefined ? {} : { "client.address": from.address }),
    ...(from.userAgent === undefined ? {} : { "user_agent.original": from.userAgent }),
    ...(error === undefined ? {} : { "error.type": error }),
  });
}

/** The conventions' name for what kind of error it was; undefined when it was none. */
function errorOf(event: Extract<TrailEvent, { kind: "answered" | "denied" }>): string | undefined {
  if (event.kind === "denied") return event.reason;
  if (!event.isComplete) return "client_left";
  return event.status >= 400 ? String(event.status) : undefined;
}

function nameOf(
  target: Asked["target"],
  shown: (name: string) => string = (name) => name,
): Attributes {
  if (target?.kind === "tool") return { "gen_ai.tool.name": shown(target.name) };
  return target?.kind === "prompt" ? { "gen_ai.prompt.name": shown(target.name) } : {};
}

function bounded(): (name: string) => string {
  const seen = new Set<string>();
  return (name) => {
    if (seen.has(name)) return name;
    if (seen.size >= MOST_NAMES) return "_OTHER";
    seen.add(name);
    return name;
  };
}
