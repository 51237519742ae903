import { readFile } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import { createEmulator, parseSeed } from "../../src/index.js";
import { claimsOf } from "../support/oauth-client.js";

vi.mock("@xmcp-dev/authkit-emulator", async () => import("../../src/index.js"));

describe("the README", () => {
  it("shows code that does what it says", async () => {
    const shown = await import("./start-in-a-test.js");
    expect(shown.environment.WORKOS_AUTHKIT_DOMAIN).toMatch(/^http:\/\/127\.0\.0\.1:[0-9]+$/u);
    expect(claimsOf(shown.token)).toMatchObject({
      aud: "http://127.0.0.1:3002/mcp",
      org_id: "org_01K0ACME000000000000000000",
    });
    expect(claimsOf(shown.expired)["exp"]).toBeLessThan(claimsOf(shown.expired)["iat"]);
    expect(claimsOf(shown.foreign)["aud"]).toBe("https://somebody.else/mcp");
    expect(claimsOf(shown.anonymous)).not.toHaveProperty("sub");
    expect(shown.keySetFetches).toBe(0);
    expect(shown.metadata).toMatchObject({ issuer: shown.environment.WORKOS_AUTHKIT_DOMAIN });
  });

  it("shows a seed file that can be used", async () => {
    const seed = parseSeed(await readFile(new URL("seed.yaml", import.meta.url), "utf8"), "yaml");
    expect(seed.memberships).toMatchObject([{ roles: ["analyst"], status: "active" }]);
    await expect(createEmulator({ seed })).resolves.toHaveProperty("clientId");
  });
});
