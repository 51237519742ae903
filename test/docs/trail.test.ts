import { createServer } from "node:http";
import type { AuthEvent } from "@xmcp-dev/workos";
import { expect, it, onTestFinished, vi } from "vitest";

it("the observers of docs/trail.md can be configured, and the one of its own counts denials", async () => {
  vi.stubEnv("WORKOS_API_KEY", "sk_test_0123456789");
  vi.stubEnv("WORKOS_CLIENT_ID", "client_01DOCS");
  vi.stubEnv("WORKOS_AUTHKIT_DOMAIN", "docs.authkit.app");
  vi.stubEnv("BASE_URL", "https://mcp.example.com");
  const lines: string[] = [];
  vi.spyOn(console, "info").mockImplementation((line: string) => void lines.push(line));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
  const {
    default: observed,
    counting,
    keeping,
    denials,
  } = await import("../../docs/snippets/trail.ts");
  expect([observed, counting, keeping].map((middleware) => typeof middleware)).toEqual([
    "function",
    "function",
    "function",
  ]);
  const server = createServer((request, response) => void observed(request, response, () => {}));
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // All three guard one resource, and one of them is mounted; the first writes JSON.
  await vi.waitFor(() => {
    expect(lines.filter((line) => line.includes("Guarding https://mcp.example.com"))).toHaveLength(
      3,
    );
  });
  expect(JSON.parse(lines.find((line) => line.startsWith("{")) ?? "")).toMatchObject({
    kind: "started",
  });
  const denied = { kind: "denied", caller: { kind: "user", id: "user_01ADA" }, reason: "x" };
  expect(() => {
    denials.onEvent(denied as AuthEvent);
  }).not.toThrow();
});
