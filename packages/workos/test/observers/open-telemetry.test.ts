import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { context, metrics, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openTelemetry } from "../../src/observers/open-telemetry.js";
import { startGuarded } from "../support/guarded-server.js";
import { createHomeIssuer } from "../support/issuer.js";
import { call, startTelemetryServer } from "./telemetry-server.js";
import { denyingTool } from "../support/denying-tool.js";

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

describe("openTelemetry()", () => {
  it("makes one server span for a call, in which the tool runs, in the caller's trace", async () => {
    const { post, spans } = await startTelemetryServer();
    await post(call("refund"), { headers: { traceparent: traceparent() } });
    const [inside, span] = await spans(2);
    expect(span?.name).toBe("tools/call refund");
    expect(span?.kind).toBe(SpanKind.SERVER);
    expect(span?.attributes).toEqual({
      "http.request.method": "POST",
      "http.response.status_code": 200,
      "network.protocol.name": "http",
      "network.transport": "tcp",
      "mcp.method.name": "tools/call",
      "gen_ai.operation.name": "execute_tool",
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
    const { post, spans } = await startTelemetryServer();
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
    const telemetryServer = await startTelemetryServer();
    const seen: (string | undefined)[] = [];
    // As an instrumentation does: its span is active when the application is called.
    const server = createServer((request, response) => {
      context.with(trace.setSpan(context.active(), outer), () => {
        void telemetryServer.middleware(request, response, () => {
          seen.push(trace.getActiveSpan()?.spanContext().traceId);
          response.end();
        });
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo;
    const headers = {
      authorization: `Bearer ${telemetryServer.issuer.sign()}`,
      connection: "close",
    };
    await fetch(`http://127.0.0.1:${port}/mcp`, { headers });
    server.close();
    expect(seen).toEqual([TRACE]);
    const [span] = await telemetryServer.spans(1);
    expect(span?.parentSpanContext?.spanId).toBe("00f067aa0ba902b7");
    expect(span?.name).toBe("MCP GET");
  });

  it("says of a denial why, without making an error of the server of it", async () => {
    const { post, spans } = await startTelemetryServer();
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
    const telemetryServer = await startTelemetryServer();
    await telemetryServer.post(call("refund"), { token: "rubbish" });
    telemetryServer.issuer.answer = () => new Response("no", { status: 500 });
    await telemetryServer.post(call("refund"));
    const [first, second] = await telemetryServer.spans(2);
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

  it("measures durations, refusals, denials and questions to WorkOS", async () => {
    const issuer = createHomeIssuer();
    const telemetryServer = await startTelemetryServer({
      issuer,
      fetch: async (input, init) => {
        const url = input instanceof Request ? input.url : String(input);
        return url.startsWith("https://api.workos.com/")
          ? new Response("no", { status: 500 })
          : issuer.fetch(input, init);
      },
      config: {
        access: {
          tools: {
            refund: "authenticated",
            secret: { role: "admin" },
            charge: { permissions: ["charge"] },
          },
        },
      },
    });
    await telemetryServer.post(call("refund"));
    await telemetryServer.post(call("secret"));
    await telemetryServer.post({
      jsonrpc: "2.0",
      id: 1,
      method: "prompts/get",
      params: { name: "x" },
    });
    await telemetryServer.post(call("charge"));
    await telemetryServer.ask();
    await telemetryServer.spans(6);
    const common = {
      "network.transport": "tcp",
      "network.protocol.name": "http",
      "mcp.protocol.version": "2025-11-25",
    };
    const tool = {
      ...common,
      "mcp.method.name": "tools/call",
      "gen_ai.operation.name": "execute_tool",
    };
    const points = await telemetryServer.points();
    const of = (wanted: string): unknown[] =>
      points.flatMap(([name, ...point]) => (name === wanted ? [point] : []));
    expect(of("mcp.server.operation.duration")).toEqual([
      [{ ...tool, "gen_ai.tool.name": "refund" }, 0.25],
      [{ ...tool, "gen_ai.tool.name": "secret", "error.type": "role_missing" }, 0],
      [
        {
          ...common,
          "mcp.method.name": "prompts/get",
          // No caller may use it, and no rule names it.
          "gen_ai.prompt.name": "_OTHER",
          "error.type": "not_in_access_map",
        },
        0,
      ],
      [{ ...tool, "gen_ai.tool.name": "charge", "error.type": "access_unavailable" }, 0],
    ]);
    expect(of("workos.refusals")).toEqual([
      [{ reason: "credentials_missing", "http.response.status_code": 401 }, 1],
    ]);
    expect(of("workos.denials")).toEqual([
      [{ reason: "role_missing", rule: 'access.tools["secret"]' }, 1],
      [{ reason: "not_in_access_map", rule: "none" }, 1],
      [{ reason: "access_unavailable", rule: 'access.tools["charge"]' }, 1],
    ]);
    expect(of("http.client.request.duration")[0]).toEqual([
      {
        "http.request.method": "GET",
        "http.response.status_code": 500,
        "error.type": "500",
        "server.address": "api.workos.com",
        "server.port": 443,
        "url.template": "/user_management/organization_memberships",
        "workos.about": "access",
      },
      0,
    ]);
  });

  it("says of a refusal whose it was, when its credential was good", async () => {
    const telemetryServer = await startTelemetryServer({
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- as the limiters of rate-limiter-flexible do
      config: { rateLimiter: { consume: () => Promise.reject({ msBeforeNext: 1_000 }) } },
    });
    await telemetryServer.post(call("refund"));
    const [span] = await telemetryServer.spans(1);
    expect(span?.attributes).toMatchObject({
      "error.type": "rate_limited",
      "enduser.id": "user_01ADA",
      "workos.caller.kind": "user",
      "workos.organization.id": "org_01ACME",
      "workos.client.id": "https://client.example.com/metadata.json",
      "client.address": "127.0.0.1",
    });
  });

  it("measures a message that names several things once", async () => {
    const telemetryServer = await startTelemetryServer({
      config: { access: { resources: { "*": "authenticated" } } },
    });
    const resourceSubscriptions = ["docs://a", "docs://b", "docs://c"];
    const params = { notifications: { resourceSubscriptions } };
    await telemetryServer.post({ jsonrpc: "2.0", id: 1, method: "subscriptions/listen", params });
    const [, span] = await telemetryServer.spans(2);
    expect(span?.attributes).toMatchObject({ "mcp.resource.uri": "docs://a" });
    expect(await telemetryServer.points()).toMatchObject([
      ["mcp.server.operation.duration", {}, 0.25],
    ]);
  });

  it("is about the first message of a batch, and measures each", async () => {
    const access = { tools: { "*": "authenticated" }, prompts: { "*": "authenticated" } } as const;
    const telemetryServer = await startTelemetryServer({ config: { access } });
    const greet = { jsonrpc: "2.0", id: 2, method: "prompts/get", params: { name: "greet" } };
    await telemetryServer.post([call("refund"), greet, { jsonrpc: "2.0", id: 3, method: "ping" }]);
    const [, span] = await telemetryServer.spans(2);
    expect(span?.name).toBe("tools/call refund");
    expect(span?.attributes).toMatchObject({ "mcp.method.name": "tools/call" });
    expect(span?.attributes).not.toHaveProperty("gen_ai.prompt.name");
    expect((await telemetryServer.points()).map(([, attributes]) => attributes)).toMatchObject(
      ["tools/call", "prompts/get", "ping"].map((method) => ({ "mcp.method.name": method })),
    );
  });

  it("counts what a tool denies, and measures its call as one that went on", async () => {
    const telemetryServer = await startTelemetryServer({
      handler: denyingTool({ role: "admin" }),
    });
    await telemetryServer.post(call("refund"));
    const [span] = await telemetryServer.spans(1);
    expect(span?.name).toBe("tools/call refund");
    expect(span?.attributes).toMatchObject({
      "workos.detail": expect.stringContaining('it needs the role "admin"') as string,
      "workos.rule": 'access.tools["refund"]',
    });
    expect(span?.attributes).not.toHaveProperty("error.type");
    const ours = /^(?:mcp\.|workos\.denials)/;
    expect((await telemetryServer.points()).filter(([name]) => ours.test(name))).toMatchObject([
      ["mcp.server.operation.duration", { "gen_ai.tool.name": "refund" }, 0],
      ["workos.denials", { reason: "role_missing", rule: "access.require()" }, 1],
    ]);
  });

  it("is measured by an SDK that is set up after it", async () => {
    const observer = openTelemetry();
    const { issuer, ask, middleware } = await startGuarded({ config: { observers: [observer] } });
    await ask();
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
    const provider = new MeterProvider({ readers: [reader] });
    metrics.setGlobalMeterProvider(provider);
    onTestFinished(async () => {
      metrics.disable();
      await provider.shutdown();
    });
    await ask("rubbish");
    await reader.forceFlush();
    const names = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap(({ metrics: all }) => all)
      .map(({ descriptor }) => descriptor.name);
    expect(names).toContain("workos.refusals");
    expect(issuer.requests).toEqual([]);
    expect(typeof middleware.health).toBe("function");
  });

  it("counts what became unreachable", async () => {
    const telemetryServer = await startTelemetryServer();
    telemetryServer.issuer.answer = () => new Response("no", { status: 500 });
    await telemetryServer.post(call("refund"));
    expect((await telemetryServer.points()).filter(([name]) => name === "workos.outages")).toEqual([
      ["workos.outages", { about: "key set" }, 1],
    ]);
  });

  it("carries no token and no argument", async () => {
    const telemetryServer = await startTelemetryServer();
    const token = telemetryServer.issuer.sign();
    await telemetryServer.post(call("refund"), { token });
    await telemetryServer.post(call("secret"), { token });
    const spans = await telemetryServer.spans(3);
    const text = JSON.stringify([
      spans.map(({ name, attributes, events }) => [name, attributes, events]),
      await telemetryServer.points(),
    ]);
    for (const piece of token.split(".")) expect(text).not.toContain(piece.slice(0, 24));
    expect(text).not.toContain("dollars");
  });
});
