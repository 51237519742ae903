import {
  context,
  createContextKey,
  metrics,
  propagation,
  isSpanContextValid,
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
import { hasMethods, readFunctionOptions, type MemberForms } from "../known-members.js";
import { createInstruments, type Instruments } from "./instruments.js";
import { createNames, OTHER } from "./metric-names.js";
import type { AccessAttempt, RequestOrigin, KnownCaller, AuthEvent } from "../trail/event.js";
import { legibleName } from "../trail/legible.js";
import type { Observer } from "../trail/observer.js";
import { withHooks, type Companion, type ObservedRequest, type RegisteredNames } from "./hooks.js";

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
const SPAN = createContextKey("xmcp-dev-workos span");

/** Names of one kind that metrics tell apart, since callers may invent names. */
const MOST_NAMES = 200;
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
 * @see https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/mcp.md
 */
export function openTelemetry(given: OpenTelemetryOptions = {}): Observer {
  const options: OpenTelemetryOptions = readFunctionOptions(
    { path: "openTelemetry", forms: FORMS, refused: "openTelemetry() cannot start" },
    given,
  );
  const { tracerProvider = trace.getTracerProvider(), meterProvider } = options;
  const tracer = tracerProvider.getTracer(NAME);
  let meters: { readonly provider: MeterProvider; readonly instruments: Instruments } | undefined;
  /** Unlike a tracer, a meter that was asked for before the SDK was set up never becomes that SDK's. */
  const instruments = (): Instruments => {
    const provider = meterProvider ?? metrics.getMeterProvider();
    if (meters?.provider !== provider) {
      meters = { provider, instruments: createInstruments(provider.getMeter(NAME)) };
    }
    return meters.instruments;
  };
  const isOwn = createOwnSpans();
  /** Spans that say what they are about; a request may have several messages, and the first counts. */
  const described = new WeakSet<Span>();
  const describeOnce = (
    span: Span | undefined,
    event: AccessAttempt,
    error: string | undefined,
  ): void => {
    if (span === undefined || described.has(span)) return;
    described.add(span);
    describe(span, event, error, targets.show(targetKey(event), false) !== OTHER);
  };
  const methods = createNames(MOST_NAMES - METHODS.length);
  methods.know(METHODS);
  const targets = createNames(MOST_NAMES);
  const routes = createNames(MOST_NAMES);

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

  const onEvent = (event: AuthEvent): void => {
    const span = context.active().getValue(SPAN) as Span | undefined;
    switch (event.kind) {
      case "answered":
        // One operation, however many things it named.
        if ((event.part?.number ?? 1) > 1) return;
        measure(event);
        describeOnce(span, event, errorType(event));
        return;
      case "denied": {
        const { reason, rule = "none" } = event;
        // One denial, whichever use of a batch it was.
        if ((event.oneOf?.number ?? 1) > 1) return;
        instruments().denials.add(1, { reason, rule });
        // The span and the operation are about what the answer is about.
        if (event.isFurther === true) return;
        span?.setAttribute("workos.detail", event.detail);
        // The call goes on, and is measured when it is answered.
        if (event.isInside === true) return;
        measure(event);
        describeOnce(span, event, reason);
        return;
      }
      case "refused": {
        const { reason, status, detail } = event;
        instruments().refusals.add(1, { reason, "http.response.status_code": status });
        span?.setAttributes({
          ...callerAttributes(event),
          ...originAttributes(event),
          "error.type": reason,
          "workos.detail": detail,
        });
        // A client's mistake is no error of the server (semantic conventions for HTTP server spans).
        if (status >= 500) span?.setStatus({ code: SpanStatusCode.ERROR, message: reason });
        return;
      }
      case "api_call": {
        const { about, method, route, server, status, attempts, durationMs: took } = event;
        const isError = status === undefined || status >= 400;
        instruments().calls.record(took / 1000, {
          "http.request.method": method,
          "url.template": routes.show(route, true),
          "workos.about": about,
          "server.address": server.address,
          "server.port": server.port,
          ...(status === undefined ? {} : { "http.response.status_code": status }),
          ...(attempts > 1 ? { "http.request.resend_count": attempts - 1 } : {}),
          ...(isError ? { "error.type": status === undefined ? "no_answer" : String(status) } : {}),
        });
        return;
      }
      case "issuer":
      case "api":
        if (event.state !== "recovered") {
          const about = event.kind === "api" ? event.about : event.document;
          instruments().outages.add(1, { about });
        }
        return;
      case "fault":
        span?.setStatus({ code: SpanStatusCode.ERROR, message: "internal_fault" });
        return;
      case "advice":
        instruments().advice.add(1, { code: event.code });
        return;
      case "started":
        isOwn(trace.getActiveSpan());
        return;
      case "unguarded":
      case "admitted":
    }
  };

  const accompany = (request: ObservedRequest): Companion => {
    const span = tracer.startSpan(
      `MCP ${request.method}`,
      {
        kind: SpanKind.SERVER,
        attributes: {
          "http.request.method": request.method,
          "network.protocol.name": "http",
          "network.transport": "tcp",
        },
      },
      findParent(request, isOwn),
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

  // What is active now, or when the server starts, is a span of the start, and no request's.
  isOwn(trace.getActiveSpan());
  const learnNames = ({ tools = [], prompts = [] }: RegisteredNames): void => {
    targets.know(tools.map((name) => `tool ${legibleName(name)}`));
    targets.know(prompts.map((name) => `prompt ${legibleName(name)}`));
  };
  return withHooks({ name: "opentelemetry", onEvent }, { accompany, learnNames });
}

/**
 * The trace that the request belongs to: the message's own, when it is usable; else that of the span of
 * an HTTP instrumentation; else the header fields'.
 */
function findParent(
  { headers, meta }: ObservedRequest,
  isOwn: (span: Span | undefined) => boolean,
): Context {
  const active = context.active();
  const isInstrumented = isOwn(trace.getSpan(active));
  const fromMessage = extract(ROOT_CONTEXT, meta);
  if (hasSpan(fromMessage)) return fromMessage;
  return isInstrumented ? active : extract(trace.deleteSpan(active), headers);
}

/** Reads a trace out of texts; what a caller wrote otherwise, or cannot be read, is passed over. */
function extract(into: Context, carrier: object | undefined): Context {
  const given = (carrier ?? {}) as Readonly<Record<string, unknown>>;
  const texts: Record<string, string> = {};
  for (const field of propagation.fields()) {
    const value = Object.hasOwn(given, field) ? given[field] : undefined;
    if (typeof value === "string") texts[field] = value;
  }
  try {
    return propagation.extract(into, texts);
  } catch {
    return into;
  }
}

function hasSpan(within: Context): boolean {
  const found = trace.getSpanContext(within);
  return found !== undefined && isSpanContextValid(found);
}

/**
 * Distinguishes a span of the request's own instrumentation from one that was active before: a server that was
 * started inside a span has that one active in every request. Each span is asked about once for each request.
 *
 * Does NOT know a span that is live and was first active at the first request, which is taken for its own.
 */
function createOwnSpans(): (span: Span | undefined) => boolean {
  const before = new WeakSet<Span>();
  return (span) => {
    if (span === undefined || before.has(span)) return false;
    before.add(span);
    return !("ended" in span && span.ended === true);
  };
}

function describe(
  span: Span,
  event: AccessAttempt,
  error: string | undefined,
  isToldApart: boolean,
): void {
  const { method, target, rule, requestId } = event;
  // Names of resources are many, and names that metrics do not tell apart may be invented.
  const isNamed =
    target !== undefined && target.kind !== "resource" && error === undefined && isToldApart;
  span.updateName(isNamed ? `${method} ${target.name}` : method);
  span.setAttributes({
    "mcp.method.name": method,
    ...targetAttributes(event, target?.name ?? ""),
    ...(target?.kind === "resource" ? { "mcp.resource.uri": target.name } : {}),
    ...(target?.sentAs === undefined ? {} : { "workos.target.sent_as": target.sentAs }),
    ...(requestId === undefined ? {} : { "jsonrpc.request.id": String(requestId) }),
    ...callerAttributes(event),
    ...(rule === undefined ? {} : { "workos.rule": rule }),
    ...originAttributes(event),
    ...(error === undefined ? {} : { "error.type": error }),
  });
}

/** Who it was, if known. */
function callerAttributes({ caller, organizationId, clientId }: Partial<KnownCaller>): Attributes {
  return {
    ...(caller === undefined ? {} : { "enduser.id": caller.id, "workos.caller.kind": caller.kind }),
    ...(caller?.impersonator === undefined
      ? {}
      : { "workos.impersonator.id": caller.impersonator }),
    ...(organizationId === undefined ? {} : { "workos.organization.id": organizationId }),
    ...(clientId === undefined ? {} : { "workos.client.id": clientId }),
  };
}

/** Where it came from. */
function originAttributes({ protocolVersion, from }: Partial<RequestOrigin>): Attributes {
  return {
    ...(protocolVersion === undefined ? {} : { "mcp.protocol.version": protocolVersion }),
    ...(from?.address === undefined ? {} : { "client.address": from.address }),
    ...(from?.userAgent === undefined ? {} : { "user_agent.original": from.userAgent }),
  };
}

/** The conventions' name for what kind of error it was; undefined when it was none. */
function errorType(event: Extract<AuthEvent, { kind: "answered" | "denied" }>): string | undefined {
  if (event.kind === "denied") return event.reason;
  if (!event.isComplete) return "client_left";
  return event.status >= 400 ? String(event.status) : undefined;
}

/** What was to be used, by the name that is to be shown. */
function targetAttributes(
  { method, target }: Pick<AccessAttempt, "method" | "target">,
  name: string,
): Attributes {
  return {
    ...(method === "tools/call" ? { "gen_ai.operation.name": "execute_tool" } : {}),
    ...(target?.kind === "tool" ? { "gen_ai.tool.name": name } : {}),
    ...(target?.kind === "prompt" ? { "gen_ai.prompt.name": name } : {}),
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
