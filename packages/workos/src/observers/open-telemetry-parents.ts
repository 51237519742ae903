import {
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  trace,
  type Context,
  type Span,
} from "@opentelemetry/api";
import type { ObservedRequest } from "./hooks.js";

/** Whether a span is of a request's own instrumentation. */
export type OwnSpans = (span: Span | undefined) => boolean;

/**
 * Finds the trace that the request belongs to: the message's own, when it is usable; else that of the span of
 * an HTTP instrumentation; else the header fields'.
 */
export function findParent({ headers, meta }: ObservedRequest, isOwn: OwnSpans): Context {
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
export function createOwnSpans(): OwnSpans {
  const before = new WeakSet<Span>();
  return (span) => {
    if (span === undefined || before.has(span)) return false;
    before.add(span);
    return !("ended" in span && span.ended === true);
  };
}
