import { readFile } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import { runCli } from "../../src/cli/run.js";
import { createEmulator, defaultSeed, parseSeed, type Fault, type Seed } from "../../src/index.js";
import { claimsOf } from "../support/oauth-client.js";

vi.mock("@xmcp-dev/authkit-emulator", async () => import("../../src/index.js"));

describe("the README", () => {
  it("shows code that does what it says", async () => {
    const shown = await import("./start-in-a-test.js");
    const issuer = shown.environment.WORKOS_AUTHKIT_DOMAIN;
    expect(issuer).toMatch(/^http:\/\/127\.0\.0\.1:[0-9]+$/u);
    expect(shown.environment).toEqual({
      WORKOS_API_KEY: "sk_test_local_emulator_only_not_a_secret",
      WORKOS_CLIENT_ID: "client_01K0ENV1R0NMENT00000000000",
      WORKOS_AUTHKIT_DOMAIN: issuer,
      WORKOS_API_URL: issuer,
      BASE_URL: "http://127.0.0.1:3002",
    });
    expect(claimsOf(shown.grace)).toMatchObject({
      iss: issuer,
      aud: "http://127.0.0.1:3002/mcp",
      sub: "user_01K0GRACE00000000000000000",
      org_id: "org_01K0ACME000000000000000000",
    });
    expect(claimsOf(shown.reporter)["sub"]).toBe("client_01K0REP0RTER00000000000000");
    expect(claimsOf(shown.refreshed.accessToken)["org_id"]).toBe("org_01K0G10BEX0000000000000000");
    expect(claimsOf(shown.expired)["exp"]).toBeLessThan(claimsOf(shown.expired)["iat"]);
    expect(claimsOf(shown.foreign)["aud"]).toBe("https://elsewhere.example/mcp");
    expect(claimsOf(shown.anonymous)).not.toHaveProperty("sub");
    expect(shown.keySetFetches).toBe(0);
  });

  it("shows the environment that the command prints", async () => {
    const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
    let printed = "";
    const outcome = await runCli(["--port", "0", "--resource", "http://127.0.0.1:3002/mcp"], {
      env: {},
      stdout: (text) => void (printed += text),
      stderr: () => undefined,
    });
    if (outcome.kind !== "running") throw new Error("It did not start");
    const lines = printed.match(/^(?:WORKOS_|BASE_)[A-Z_]+=.*$/gmu) ?? [];
    const shown = lines.join("\n").replaceAll(outcome.emulator.url, "http://127.0.0.1:4100");
    await outcome.emulator.close();
    expect(lines).toHaveLength(5);
    expect(readme).toContain(`\n${shown}\n`);
  });

  it("names every kind of fault", async () => {
    const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
    const faults: readonly Fault[] = [
      "down",
      "hang",
      { status: 503, retryAfterSeconds: 5 },
      { requests: 40, perSeconds: 1 },
      { delayMs: 300 },
      { redirect: "https://gateway.example/" },
      { body: "<html>", contentType: "text/html" },
      { bytes: 10_000_000 },
    ];
    const emulator = createEmulator();
    for (const fault of faults) {
      emulator.fail("jwks", fault);
      const shown = typeof fault === "string" ? `"${fault}"` : `{ ${Object.keys(fault)[0]}`;
      expect(readme).toContain(`\n| \`${shown}`);
    }
  });

  it("shows a seed file that can be used", async () => {
    const seed = parseSeed(await readFile(new URL("seed.yaml", import.meta.url), "utf8"), "yaml");
    expect(seed.memberships).toMatchObject([{ roles: ["analyst"], status: "active" }]);
    expect(createEmulator({ seed }).seed.users).toHaveLength(1);
  });

  it("shows every list of a seed that the default seed has no example of", async () => {
    const shown = parseSeed(await readFile(new URL("seed.yaml", import.meta.url), "utf8"), "yaml");
    const filled = (seed: Seed): string[] =>
      Object.entries(seed).flatMap(([name, list]) =>
        Array.isArray(list) && list.length > 0 ? [name] : [],
      );
    expect([...new Set([...filled(shown), ...filled(defaultSeed)])].toSorted()).toEqual([
      "apiKeys",
      "applications",
      "auditLogSchemas",
      "authorizationResources",
      "connections",
      "directories",
      "directoryGroups",
      "directoryUsers",
      "featureFlags",
      "memberships",
      "organizations",
      "permissions",
      "resources",
      "roleAssignments",
      "roles",
      "users",
    ]);
    const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
    for (const name of ["resources", "featureFlags", "authorizationResources", "roleAssignments"]) {
      expect(filled(defaultSeed)).not.toContain(name);
      expect(readme).toContain(`\`${name}\``);
    }
  });
});
