import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openTelemetry } from "../../src/observers/open-telemetry.js";
import type { Observer, WorkOSProviderConfig } from "../../src/index.js";
import { auditLogs } from "../../src/audit-logs.js";
import { call as callOf, startAudited } from "./audited.js";
import { call, startObserved } from "../trail/observed.js";

/** What the console is told meanwhile. */
function onConsole(): string[] {
  const lines: string[] = [];
  for (const level of ["info", "warn", "error"] as const) {
    const spy = vi.spyOn(console, level).mockImplementation((line) => void lines.push(line));
    onTestFinished(() => {
      spy.mockRestore();
    });
  }
  return lines;
}

const refused = async (config: WorkOSProviderConfig): Promise<string[]> => {
  const lines = onConsole();
  const { post } = await startObserved({ config: { log: undefined as never, ...config } });
  await post(call("refund"), "rubbish");
  return lines.filter((line) => line.includes("Refused"));
};

describe("the log", () => {
  it.each<[string, () => Observer[]]>([
    ["none", () => []],
    ["an audit log", () => [auditLogs()]],
    ["one of the operator's", () => [{ name: "siem", onEvent: () => undefined }]],
    ["spans and metrics", () => [openTelemetry()]],
  ])("is on the console, whatever observers are given: %s", async (_, observers) => {
    expect(await refused({ observers: observers() })).toHaveLength(1);
  });

  it("is on the console in the form that log says, once, whatever observers are given", async () => {
    const lines = await refused({ log: { format: "json" }, observers: [auditLogs()] });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      kind: "refused",
      reason: "token_malformed",
    });
  });

  it("has a line for every call at the level debug, without any observer", async () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const logger = { info: write, warn: write, error: write };
    const { post } = await startObserved({
      config: { observers: [], log: { level: "debug", logger } },
    });
    await post(call("refund"));
    await vi.waitFor(() =>
      expect(lines.filter((line) => line.includes("tools/call of tool refund"))).toHaveLength(2),
    );
  });

  it("is nowhere when log is false", async () => {
    expect(await refused({ log: false, observers: [auditLogs()] })).toEqual([]);
  });

  it("names an audit log's losses", async () => {
    const lines = onConsole();
    const audited = await startAudited({ capacity: 1 }, { log: undefined as never });
    audited.answer = () => new Response("no", { status: 500 });
    for (let time = 0; time < 3; time += 1) await audited.call(callOf("refund"));
    await vi.waitFor(() =>
      expect(lines.filter((line) => line.includes("audit_outbox_full"))).toHaveLength(1),
    );
  });
});
