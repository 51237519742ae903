import {
  context,
  createContextKey,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span,
  type Tracer,
} from "@opentelemetry/api";
import type { AccessAttempt, AuthEvent } from "../trail/event.js";
import type { RequestScope, ObservedRequest } from "./hooks.js";
import {
  callerAttributes,
  errorType,
  originAttributes,
  targetAttributes,
} from "./open-telemetry-attributes.js";
import { createOwnSpans, findParent } from "./open-telemetry-parents.js";

const SPAN = createContextKey("xmcp-dev-workos span");

/** A span for each request. */
export interface Spans {
  /** Starts a request's span, in which its work runs. */
  readonly startRequestScope: (request: ObservedRequest) => RequestScope;
  /** Describes an event on the span of its request. */
  readonly record: (event: AuthEvent) => void;
}

/**
 * Creates the spans. A span that is active now, or when the server starts, is of the start, and no request's.
 *
 * @param isNamed whether an event's target may be in a span's name: one that may be invented may not.
 */
export function createSpans(tracer: Tracer, isNamed: (event: AccessAttempt) => boolean): Spans {
  const isOwn = createOwnSpans();
  isOwn(trace.getActiveSpan());
  /** Spans that name what they are about; a request may have several messages, and the first counts. */
  const described = new WeakSet<Span>();
  const describeOnce = (
    span: Span | undefined,
    event: AccessAttempt,
    error: string | undefined,
  ): void => {
    if (span === undefined || described.has(span)) return;
    described.add(span);
    describe(span, event, error, isNamed(event));
  };

  return {
    startRequestScope(request) {
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
    },
    record(event) {
      const span = context.active().getValue(SPAN) as Span | undefined;
      switch (event.kind) {
        case "answered":
          describeOnce(span, event, errorType(event));
          return;
        case "denied":
          // The span is about what the answer is about.
          if (event.isFurther === true) return;
          span?.setAttribute("workos.detail", event.detail);
          // The call goes on, and is described when it is answered.
          if (event.isInside !== true) describeOnce(span, event, event.reason);
          return;
        case "refused": {
          const { reason, status, detail } = event;
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
        case "fault":
          span?.setStatus({ code: SpanStatusCode.ERROR, message: "internal_fault" });
          return;
        case "started":
          isOwn(trace.getActiveSpan());
          return;
        case "api_call":
        case "issuer":
        case "api":
        case "advice":
        case "unguarded":
        case "admitted":
      }
    },
  };
}

/** Describes the use that a span is about. */
function describe(
  span: Span,
  event: AccessAttempt,
  error: string | undefined,
  isNamed: boolean,
): void {
  const { method, target, rule, requestId } = event;
  // Names of resources are many, and names that metrics do not tell apart may be invented.
  const isShown =
    target !== undefined && target.kind !== "resource" && error === undefined && isNamed;
  span.updateName(isShown ? `${method} ${target.name}` : method);
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
