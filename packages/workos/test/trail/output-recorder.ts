import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openTelemetry } from "../../src/observers/open-telemetry.js";
import type { LogOptions, Observer } from "../../src/index.js";
import { auditLogs } from "../../src/audit-logs.js";
import { startTelemetry } from "../observers/telemetry.js";

/** The log and every observer that there is, and everything they have written so far. */
export interface OutputRecorder {
  readonly log: LogOptions;
  readonly observers: readonly Observer[];
  /** Stands for WorkOS: keeps what it is sent, and answers as it would. */
  readonly fetch: typeof globalThis.fetch;
  readonly text: () => Promise<string>;
  /** Audit log events that WorkOS was sent. */
  readonly sent: readonly string[];
}

/** Makes them, with the outbox of the audit log in a file. */
export function createOutputRecorder(fetch: typeof globalThis.fetch): OutputRecorder {
  const folder = mkdtempSync(join(tmpdir(), "canary-"));
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const { tracerProvider, meterProvider, spans, metrics } = startTelemetry();
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const sent: string[] = [];
  return {
    sent,
    log: {
      format: "json",
      level: "debug",
      logger: { debug: write, info: write, warn: write, error: write },
    },
    observers: [
      openTelemetry({ tracerProvider, meterProvider }),
      auditLogs({
        outbox: join(folder, "audit.sqlite"),
        organizationId: "org_01OURS",
        maxPerSecond: Infinity,
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
      return [
        ...lines,
        ...sent,
        ...readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1")),
        ...spans
          .getFinishedSpans()
          .map(({ name, attributes, events, status }) =>
            JSON.stringify([name, attributes, events, status]),
          ),
        JSON.stringify((await metrics()).map(({ scopeMetrics }) => scopeMetrics)),
      ].join("\n");
    },
  };
}
