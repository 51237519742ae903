import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
  type ReadableSpan,
} from "@opentelemetry/sdk-trace";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { openTelemetry } from "../../src/adapters/open-telemetry.js";
import { startGuarded, type GuardedServer, type GuardedServerOptions } from "../guarded-server.js";

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
});
afterAll(() => {
  context.disable();
  propagation.disable();
});

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";
const traceparent = (id = TRACE): string => `00-${id}-${PARENT}-01`;

interface Told extends GuardedServer {
  readonly post: (
    body: unknown,
    options?: { token?: string | undefined; headers?: Record<string, string> },
  ) => Promise<Response>;
  /** The spans that have ended, once there are so many. */
  readonly spans: (count: number) => Promise<ReadableSpan[]>;
  /** Every data point, as name, attributes and count or sum. */
  readonly points: () => Promise<[string, object, number][]>;
}

async function startTold(options: GuardedServerOptions = {}): Promise<Told> {
  const spanExporter = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: spanExporter })],
  });
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 60_000,
  });
  const meterProvider = new MeterProvider({ readers: [reader] });
  onTestFinished(async () => {
    await meterProvider.shutdown();
    await tracerProvider.shutdown();
  });
  let body: unknown;
  const server = await startGuarded({
    before: (request) => void Object.assign(request, { body }),
    handler: (_request, response) => {
      server.clock.now += 250;
      tracerProvider.getTracer("app").startSpan("in the tool").end();
      response.end("{}");
    },
    ...options,
    config: {
      access: { tools: { refund: "authenticated", secret: { roles: ["admin"] } } },
      observers: [openTelemetry({ tracerProvider, meterProvider })],
      ...options.config,
    },
  });
  return {
    ...server,
    post(
      sent,
      {
        token = server.issuer.sign({ claims: { org_id: "org_01ACME", roles: [] } }),
        headers = {},
      } = {},
    ) {
      body = sent;
      return server.ask(token, { headers: { "mcp-protocol-version": "2025-11-25", ...headers } });
    },
    async spans(count) {
      await vi.waitFor(() => expect(spanExporter.getFinishedSpans()).toHaveLength(count));
      return spanExporter.getFinishedSpans();
    },
    async points() {
      await reader.forceFlush();
      return metricExporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics)
        .flatMap(({ metrics }) => metrics)
        .flatMap(({ descriptor, dataPoints }) =>
          dataPoints.map(({ attributes, value }): [string, object, number] => [
            descriptor.name,
            attributes,
            typeof value === "number" ? value : ((value as { sum?: number }).sum ?? Number.NaN),
          ]),
        );
    },
  };
}

const call = (name: string, meta?: object): object => ({
  jsonrpc: "2.0",
  id: 7,
  method: "tools/call",
  params: { name, arguments: { dollars: 5 }, ...(meta === undefined ? {} : { _meta: meta }) },
});

describe("openTelemetry()", () => {
  it("makes one server span for a call, in which the tool runs, in the caller's trace", async () => {
    const { post, spans } = await startTold();
    await post(call("refund"), { headers: { traceparent: traceparent() } });
    const [inside, span] = await spans(2);
    expect(span?.name).toBe("tools/call refund");
    expect(span?.kind).toBe(SpanKind.SERVER);
    expect(span?.attributes).toEqual({
      "http.request.method": "POST",
      "http.response.status_code": 200,
      "network.protocol.name": "http",
      "mcp.method.name": "tools/call",
      "gen_ai.tool.name": "refund",
      "mcp.protocol.version": "2025-11-25",
      "jsonrpc.request.id": "7",
      "enduser.id": "user_01ADA",
      "workos.caller.kind": "user",
      "workos.organization.id": "org_01ACME",
      "workos.client.id": "https://client.example.com/metadata.json",
      "workos.rule": 'access.tools["refund"]',
      "client.address": "127.0.0.1",
      "user_agent.original": "node",
    });
    expect(span?.status.code).toBe(SpanStatusCode.UNSET);
    expect(span?.spanContext().traceId).toBe(TRACE);
    expect(span?.parentSpanContext?.spanId).toBe(PARENT);
    expect(inside?.name).toBe("in the tool");
    expect(inside?.parentSpanContext?.spanId).toBe(span?.spanContext().spanId);
  });

  it("joins the trace of the message's _meta rather than that of the header fields", async () => {
    const { post, spans } = await startTold();
    const other = "4bf92f3577b34da6a3ce929d0e0e4736";
    await post(call("refund", { traceparent: traceparent(other) }), {
      headers: { traceparent: traceparent() },
    });
    const [, span] = await spans(2);
    expect(span?.spanContext().traceId).toBe(other);
  });

  it("is a part of the span that an HTTP instrumentation opened", async () => {
    const outer = trace.wrapSpanContext({
      traceId: TRACE,
      spanId: "00f067aa0ba902b7",
      traceFlags: 1,
    });
    const told = await startTold();
    const seen: (string | undefined)[] = [];
    // As an instrumentation does: its span is active when the application is called.
    const server = createServer((request, response) => {
      context.with(trace.setSpan(context.active(), outer), () => {
        void told.middleware(request, response, () => {
          seen.push(trace.getActiveSpan()?.spanContext().traceId);
          response.end();
        });
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo;
    const headers = { authorization: `Bearer ${told.issuer.sign()}`, connection: "close" };
    await fetch(`http://127.0.0.1:${port}/mcp`, { headers });
    server.close();
    expect(seen).toEqual([TRACE]);
    const [span] = await told.spans(1);
    expect(span?.parentSpanContext?.spanId).toBe("00f067aa0ba902b7");
    expect(span?.name).toBe("MCP GET");
  });

  it("says of a denial why, without making an error of the server of it", async () => {
    const { post, spans } = await startTold();
    await post(call("secret"));
    const [span] = await spans(1);
    expect(span?.name).toBe("tools/call");
    expect(span?.attributes).toMatchObject({
      "error.type": "role_missing",
      "gen_ai.tool.name": "secret",
      "workos.rule": 'access.tools["secret"]',
      "workos.detail": expect.stringContaining('it needs the role "admin"'),
    });
    expect(span?.status.code).toBe(SpanStatusCode.UNSET);
  });

  it("says of a refusal why, and that a 5xx is the server's", async () => {
    const told = await startTold();
    await told.post(call("refund"), { token: "rubbish" });
    told.issuer.answer = () => new Response("no", { status: 500 });
    await told.post(call("refund"));
    const [first, second] = await told.spans(2);
    expect(first?.name).toBe("MCP POST");
    expect(first?.attributes).toMatchObject({
      "error.type": "token_malformed",
      "http.response.status_code": 401,
    });
    expect(first?.status.code).toBe(SpanStatusCode.UNSET);
    expect(second?.attributes).toMatchObject({
      "error.type": "keys_unavailable",
      "http.response.status_code": 503,
    });
    expect(second?.status.code).toBe(SpanStatusCode.ERROR);
  });

  it("measures durations, refusals, denials and outages", async () => {
    const told = await startTold();
    await told.post(call("refund"));
    await told.post(call("secret"));
    await told.post({ jsonrpc: "2.0", id: 1, method: "prompts/get", params: { name: "x" } });
    await told.ask();
    await told.spans(5);
    const common = {
      "network.transport": "tcp",
      "network.protocol.name": "http",
      "mcp.protocol.version": "2025-11-25",
    };
    const tool = { ...common, "mcp.method.name": "tools/call" };
    const api = {
      "http.request.method": "GET",
      "http.response.status_code": 404,
      "error.type": "404",
      "workos.about": "access",
    };
    expect(await told.points()).toEqual([
      ["mcp.server.operation.duration", { ...tool, "gen_ai.tool.name": "refund" }, 0.25],
      [
        "mcp.server.operation.duration",
        { ...tool, "gen_ai.tool.name": "secret", "error.type": "role_missing" },
        0,
      ],
      [
        "mcp.server.operation.duration",
        {
          ...common,
          "mcp.method.name": "prompts/get",
          "gen_ai.prompt.name": "x",
          "error.type": "not_in_access_map",
        },
        0,
      ],
      ["workos.refusals", { reason: "credentials_missing", "http.response.status_code": 401 }, 1],
      ["workos.denials", { reason: "role_missing", rule: 'access.tools["secret"]' }, 1],
      ["workos.denials", { reason: "not_in_access_map", rule: "none" }, 1],
      [
        "http.client.request.duration",
        { ...api, "url.template": "/user_management/organization_memberships" },
        0,
      ],
      [
        "http.client.request.duration",
        { ...api, "url.template": "/authorization/organizations/{id}/roles" },
        0,
      ],
    ]);
  });

  it("counts what became unreachable", async () => {
    const told = await startTold();
    told.issuer.answer = () => new Response("no", { status: 500 });
    await told.post(call("refund"));
    expect((await told.points()).filter(([name]) => name === "workos.outages")).toEqual([
      ["workos.outages", { about: "key set" }, 1],
    ]);
  });

  it("tells no more than 200 names apart, whatever callers invent", async () => {
    const told = await startTold({ config: { access: { tools: { "*": "authenticated" } } } });
    for (let index = 0; index < 205; index += 1) {
      const response = await told.post(call(`invented_${index}`));
      await response.text();
    }
    await told.spans(410);
    const names = (await told.points()).map(
      ([, attributes]) => (attributes as Record<string, unknown>)["gen_ai.tool.name"],
    );
    expect(new Set(names).size).toBe(201);
    expect(names).toContain("_OTHER");
  });

  it("carries no token and no argument", async () => {
    const told = await startTold();
    const token = told.issuer.sign();
    await told.post(call("refund"), { token });
    await told.post(call("secret"), { token });
    const spans = await told.spans(3);
    const text = JSON.stringify([
      spans.map(({ name, attributes, events }) => [name, attributes, events]),
      await told.points(),
    ]);
    for (const piece of token.split(".")) expect(text).not.toContain(piece.slice(0, 24));
    expect(text).not.toContain("dollars");
  });
});
