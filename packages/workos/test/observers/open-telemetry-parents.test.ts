import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { context, propagation, trace, type Span } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from "@opentelemetry/core";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { call, startTelemetryServer, type TelemetryServer } from "./telemetry-server.js";

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({
      propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    }),
  );
});
afterAll(() => {
  context.disable();
  propagation.disable();
});

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";
const headers = { traceparent: `00-${TRACE}-${PARENT}-01` };
const tracer = new TracerProvider().getTracer("app");

/** Listens inside a span of the start, as `startActiveSpan("boot", …)` does. */
async function listenInside(boot: Span, telemetryServer: TelemetryServer): Promise<string> {
  const server = createServer((request, response) => {
    void telemetryServer.middleware(request, response, () => response.end());
  });
  await context.with(
    trace.setSpan(context.active(), boot),
    async () => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)),
  );
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

describe("the parent of a request's span", () => {
  it("T-21: is the caller's, when the server was started inside a span that has ended", async () => {
    const boot = tracer.startSpan("boot");
    const telemetryServer = await startTelemetryServer();
    const url = await listenInside(boot, telemetryServer);
    boot.end();
    const authorization = `Bearer ${telemetryServer.issuer.sign()}`;
    await fetch(url, { headers: { ...headers, authorization, connection: "close" } });
    await fetch(url, { headers: { authorization, connection: "close" } });
    const [first, second] = await telemetryServer.spans(2);
    expect(first?.spanContext().traceId).toBe(TRACE);
    expect(first?.parentSpanContext?.spanId).toBe(PARENT);
    expect(second?.parentSpanContext).toBeUndefined();
  });

  it("is the caller's, when the server was started inside a span that never ends", async () => {
    const boot = tracer.startSpan("boot");
    const telemetryServer = await context.with(trace.setSpan(context.active(), boot), async () =>
      startTelemetryServer(),
    );
    const url = await listenInside(boot, telemetryServer);
    const authorization = `Bearer ${telemetryServer.issuer.sign()}`;
    for (let time = 0; time < 2; time += 1) {
      await fetch(url, { headers: { ...headers, authorization, connection: "close" } });
    }
    const spans = await telemetryServer.spans(2);
    expect(spans.map((span) => span.parentSpanContext?.spanId)).toEqual([PARENT, PARENT]);
  });

  it.each<[string, object]>([
    ["no trace context", { traceparent: "rubbish" }],
    ["zeros", { traceparent: `00-${"0".repeat(32)}-${"0".repeat(16)}-01` }],
    ["a number", { traceparent: 5 }],
    ["a list", { traceparent: ["x"] }],
    ["baggage that is no text", { traceparent: "rubbish", baggage: 5 }],
    ["nothing", {}],
  ])("is the header's, when the message's _meta holds %s", async (_, meta) => {
    const telemetryServer = await startTelemetryServer();
    await telemetryServer.post(call("refund", meta), { headers });
    const [, span] = await telemetryServer.spans(2);
    expect(span?.spanContext().traceId).toBe(TRACE);
  });
});

describe("names that the server registers", () => {
  const shown = async (telemetryServer: TelemetryServer): Promise<Set<unknown>> =>
    new Set(
      (await telemetryServer.points()).flatMap(([, attributes]) => {
        const name = (attributes as Record<string, unknown>)["gen_ai.tool.name"];
        return name === undefined ? [] : [name];
      }),
    );

  it("T-21: are told apart by metrics however many names callers invented before", async () => {
    vi.stubGlobal("INJECTED_TOOLS", {
      "src/tools/refund.ts": async () => Promise.resolve({ default: () => undefined }),
    });
    onTestFinished(() => {
      vi.unstubAllGlobals();
    });
    const telemetryServer = await startTelemetryServer({
      config: {
        access: {
          tools: {
            "*": "authenticated",
            secret: { role: "admin" },
            open: { caller: "user" },
          },
        },
      },
    });
    for (let index = 0; index < 205; index += 1) {
      await (await telemetryServer.post(call(`invented_${index}`))).text();
    }
    for (const name of ["refund", "secret", "open"])
      await (await telemetryServer.post(call(name))).text();
    const spans = await telemetryServer.spans(415);
    const names = await shown(telemetryServer);
    expect([...names].slice(-4)).toEqual(["_OTHER", "refund", "secret", "open"]);
    expect(names.size).toBe(204);
    // Neither does a name that metrics do not tell apart become the name of a span.
    expect(spans.map(({ name }) => name)).toContain("tools/call invented_0");
    expect(spans.map(({ name }) => name)).not.toContain("tools/call invented_204");
  });
});
