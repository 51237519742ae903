import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { keptArguments } from "../../src/guard/usage-events.js";
import { workosProvider } from "../../src/index.js";
import { auditLogs } from "../../src/audit-logs.js";
import { collect, GOOD_CONFIG } from "../support/guarded-server.js";

const kept = (args: object, names: readonly string[]): object =>
  keptArguments(
    { kind: "tool", name: "pay", names: ["pay"], arguments: args as Record<string, unknown> },
    new Map([["pay", names]]),
  );

describe("kept arguments", () => {
  it.each([
    ["half of a pair \ud83d", "half of a pair \\ud83d"],
    ["a\u0000b", "a\\u0000b"],
    ["\u001b[2Kpaid\r\n", "\\u001b[2Kpaid\\u000d\\u000a"],
    [`${"x".repeat(499)}🧾`, "x".repeat(499)],
    ["x".repeat(600), "x".repeat(500)],
    ["Überweisung 契約 🧾", "Überweisung 契約 🧾"],
  ])("hold %j as well-formed text without control characters", (given, text) => {
    expect(kept({ note: given }, ["note"])).toEqual({ note: text });
  });

  it("T-24: hold a number that JSON cannot write as its name, and a name that every object has", () => {
    const args = JSON.parse('{"sum":1e999,"__proto__":"x","fee":5,"gift":true}') as object;
    const recorded = kept(args, ["sum", "__proto__", "fee", "gift"]);
    expect(JSON.stringify(recorded)).toBe('{"sum":"Infinity","__proto__":"x","fee":5,"gift":true}');
  });

  it("are well-formed and at most 500 characters, whatever is sent", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 700 }), (text) => {
        const { note = "" } = kept({ note: text }, ["note"]) as { note?: string };
        expect(note.isWellFormed()).toBe(true);
        expect(note).not.toMatch(/\p{Cc}/u);
        expect(note.length).toBeLessThanOrEqual(500);
      }),
    );
  });
});

describe("argument names that an audit log cannot hold", () => {
  const start = (names: readonly string[], observers = [auditLogs()]): unknown =>
    workosProvider(
      { ...GOOD_CONFIG, log: false, observers, recordArguments: { pay: names } },
      { env: {} },
    );

  it("are refused at start, each by name, with the limit", () => {
    expect(() =>
      start(["destination_bank_account_number_from", "destination_bank_account_number_to"]),
    ).toThrow(
      'recordArguments["pay"] names destination_bank_account_number_from, which is longer than the 31 characters that WorkOS Audit Logs have room for',
    );
    expect(() => start(["a\nb"])).toThrow(
      'recordArguments["pay"] names a\\u000ab, which WorkOS Audit Logs cannot hold',
    );
  });

  it("are refused at start when a tool has more than WorkOS has room for", () => {
    const names = (length: number): string[] =>
      Array.from({ length }, (_, index) => `argument_${index}`);
    expect(() => start(names(40))).not.toThrow();
    expect(() => start(names(41))).toThrow(
      'recordArguments["pay"] names 41 arguments, and WorkOS Audit Logs have room for 40',
    );
    expect(() => start(["a".repeat(31), ...names(39), "a".repeat(31)])).not.toThrow();
  });

  it("may be kept where no audit log is written", () => {
    expect(() => start(["destination_bank_account_number_from"], [])).not.toThrow();
  });
});

it("a tool whose arguments shall be recorded, and that the server does not register, is reported at start", async () => {
  const load = async (): Promise<object> => Promise.resolve({ default: () => undefined });
  vi.stubGlobal("INJECTED_TOOLS", { "src/tools/refund.ts": load, "src/tools/pay.ts": load });
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
  const lines: string[] = [];
  workosProvider(
    {
      ...GOOD_CONFIG,
      log: { logger: collect(lines) },
      recordArguments: { refnud: ["id"], pay: ["id"], invented: ["id"] },
    },
    { env: {} },
  );
  await vi.waitFor(() => expect(lines).toHaveLength(2));
  expect(lines).toEqual([
    'warn [workos] recorded_tool_unknown: recordArguments["refnud"] records nothing: the server has no such tool; did you mean refund?',
    'warn [workos] recorded_tool_unknown: recordArguments["invented"] records nothing: the server has no such tool',
  ]);
});
