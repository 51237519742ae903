import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmulator, defaultSeed } from "@xmcp-dev/authkit-emulator";
import { auditLogSchemas, ensureSchemas } from "@xmcp-dev/workos/audit-logs";
import { WorkOS } from "@workos-inc/node";
import { expect, it, onTestFinished, vi } from "vitest";

it("the audit log of the guide keeps its events in the file that the environment names", async () => {
  const folder = mkdtempSync(join(tmpdir(), "audit-guide-"));
  vi.stubEnv("WORKOS_API_KEY", "sk_test_0123456789");
  vi.stubEnv("WORKOS_CLIENT_ID", "client_01DOCS");
  vi.stubEnv("WORKOS_AUTHKIT_DOMAIN", "docs.authkit.app");
  vi.stubEnv("BASE_URL", "https://mcp.example.com");
  vi.stubEnv("AUDIT_OUTBOX", join(folder, "audit.sqlite"));
  vi.spyOn(console, "info").mockImplementation(() => undefined);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });
  const guide = await import("../../docs/snippets/audit-logs.ts");
  expect(guide.sendAgain()).toBe(0);
  expect(guide.narrow.name).toBe("audit-logs");
  await guide.default.close();
});

it("the schemas can be created in a WorkOS environment, which then takes no other", async () => {
  const authkit = await startEmulator({ seed: { ...defaultSeed, auditLogSchemas: [] } });
  onTestFinished(() => authkit.close());
  const { hostname, port } = new URL(authkit.url);
  const workos = new WorkOS(authkit.apiKey, {
    clientId: authkit.clientId,
    apiHostname: hostname,
    port: Number(port),
    https: false,
  });
  const first = await ensureSchemas(workos, auditLogSchemas);
  expect(first.created).toEqual(auditLogSchemas.map(({ action }) => action));
  const second = await ensureSchemas(workos, auditLogSchemas);
  expect(second).toEqual({ created: [], present: first.created });
});
