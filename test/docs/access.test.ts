import { beforeAll, expect, test, vi } from "vitest";
import type * as Snippets from "../../docs/snippets/access.ts";

let snippets: typeof Snippets;

beforeAll(async () => {
  vi.stubEnv("WORKOS_API_KEY", "sk_test_docs");
  vi.stubEnv("WORKOS_CLIENT_ID", "client_01DOCS");
  vi.stubEnv("WORKOS_AUTHKIT_DOMAIN", "acme.authkit.app");
  vi.stubEnv("BASE_URL", "https://mcp.example.com");
  vi.stubGlobal("console", { ...console, info: () => undefined, warn: () => undefined });
  snippets = await import("../../docs/snippets/access.ts");
  return () => {
    vi.unstubAllEnvs();
    vi.unstubAllGlobals();
  };
});

test("every map of the guide is one that a server starts with", async () => {
  const { workosProvider } = await import("@xmcp-dev/workos");
  for (const access of [
    snippets.access,
    snippets.refunds,
    snippets.documents,
    snippets.folders,
    snippets.scoped,
  ]) {
    expect(workosProvider({ access, log: false })).toBeTypeOf("function");
  }
});

test("the guide's comparison finds what is not named and what is not there", () => {
  const tools = [
    "delete_report",
    "report_sales",
    "export_reports",
    "close_months",
    "debug_dump",
    "whoami",
    "new",
  ];
  expect(snippets.differences(tools)).toEqual([
    'access.tools["close_month"] is a rule for nothing: the server has no such tool; did you mean close_months?',
    "the tool close_months is denied to everybody, because access.tools does not name it",
    "the tool new is denied to everybody, because access.tools does not name it",
  ]);
});

test("the guide's check lets small refunds pass and nothing that is no number", () => {
  const rule = snippets.refunds.tools?.["refund_order"];
  const check = typeof rule === "object" ? rule.anyOf?.[1]?.check : undefined;
  const ask = (amount: unknown, impersonator?: string): unknown =>
    check?.({ caller: { kind: "user", impersonator }, arguments: { amount } } as never);
  expect([ask(100), ask(101), ask("5"), ask(undefined), ask(100, "ops")]).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});
