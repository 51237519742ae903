import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { expect, vi } from "vitest";
import { openTelemetry } from "../../src/observers/open-telemetry.js";
import {
  startGuarded,
  type GuardedServer,
  type GuardedServerOptions,
} from "../support/guarded-server.js";
import { startTelemetry } from "./telemetry.js";

/** A guarded server whose observer is OpenTelemetry, with an SDK that keeps spans and metrics. */
export interface TelemetryServer extends GuardedServer {
  readonly post: (
    body: unknown,
    options?: { token?: string | undefined; headers?: Record<string, string> },
  ) => Promise<Response>;
  /** The spans that have ended, once there are so many. */
  readonly spans: (count: number) => Promise<ReadableSpan[]>;
  /** Every data point, as name, attributes and count or sum. */
  readonly points: () => Promise<[string, object, number][]>;
}

export async function startTelemetryServer(
  options: GuardedServerOptions = {},
): Promise<TelemetryServer> {
  const { tracerProvider, meterProvider, spans, metrics } = startTelemetry();
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
      access: { tools: { refund: "authenticated", secret: { role: "admin" } } },
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
      await vi.waitFor(() => expect(spans.getFinishedSpans()).toHaveLength(count));
      return spans.getFinishedSpans();
    },
    async points() {
      return (await metrics())
        .flatMap(({ scopeMetrics }) => scopeMetrics)
        .flatMap(({ metrics: all }) => all)
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

/** A call of a tool. */
export const call = (name: string, meta?: object): object => ({
  jsonrpc: "2.0",
  id: 7,
  method: "tools/call",
  params: { name, arguments: { dollars: 5 }, ...(meta === undefined ? {} : { _meta: meta }) },
});
