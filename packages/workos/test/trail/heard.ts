import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
} from "@opentelemetry/sdk-trace";
import { onTestFinished } from "vitest";
import { openTelemetry } from "../../src/adapters/open-telemetry.js";
import { auditLogs, logs, type Observer } from "../../src/index.js";

/** Every observer that there is, and everything they have written so far. */
export interface Heard {
  readonly observers: readonly Observer[];
  /** Stands for WorkOS: keeps what it is sent, and answers as it would. */
  readonly fetch: typeof globalThis.fetch;
  readonly text: () => Promise<string>;
  /** Audit log events that WorkOS was sent. */
  readonly sent: readonly string[];
}

/** Makes them, with the outbox of the audit log in a file. */
export function startHeard(fetch: typeof globalThis.fetch): Heard {
  const folder = mkdtempSync(join(tmpdir(), "canary-"));
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const spans = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: spans })],
  });
  const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter: measured,
    exportIntervalMillis: 60_000,
  });
  const meterProvider = new MeterProvider({ readers: [reader] });
  onTestFinished(async () => {
    await Promise.all([meterProvider.shutdown(), tracerProvider.shutdown()]);
    rmSync(folder, { recursive: true });
  });
  const sent: string[] = [];
  return {
    sent,
    observers: [
      logs({
        format: "json",
        level: "debug",
        sink: { debug: write, info: write, warn: write, error: write },
      }),
      openTelemetry({ tracerProvider, meterProvider }),
      auditLogs({
        outbox: join(folder, "audit.sqlite"),
        organizationId: "org_01OURS",
        perSecond: Infinity,
      }),
    ],
    fetch: async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      if (!url.startsWith("https://api.workos.com/audit_logs/")) return fetch(input, init);
      const { authorization: _key, ...headers } = Object.fromEntries(new Headers(init?.headers));
      sent.push(`${url} ${JSON.stringify(headers)} ${init?.body as string}`);
      // Not taken, so that it stays in the file too.
      return Response.json({ message: "later" }, { status: 503 });
    },
    async text() {
      await reader.forceFlush();
      return [
        ...lines,
        ...sent,
        ...readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1")),
        ...spans
          .getFinishedSpans()
          .map(({ name, attributes, events, status }) =>
            JSON.stringify([name, attributes, events, status]),
          ),
        JSON.stringify(measured.getMetrics().map(({ scopeMetrics }) => scopeMetrics)),
      ].join("\n");
    },
  };
}
