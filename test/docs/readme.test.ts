import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import myTool from "../../packages/workos/test/docs/my-tool.ts";
import {
  auditLog,
  connections,
  directory,
  organizations,
  whoami,
} from "../../packages/workos/test/docs/sdk.ts";
import updateName from "../../packages/workos/test/docs/user-management.ts";
import { serveCode, type GuardedPage } from "./guarded.ts";

const ADA = "user_01K0ADA0000000000000000000";
const ACME = "org_01K0ACME000000000000000000";

let page: GuardedPage;
let ada: string;

beforeAll(async () => {
  page = await serveCode({ callers: ["user", "application", "api-key"] });
  ada = await page.authkit.forgeToken({
    claims: {
      sub: ADA,
      org_id: ACME,
      client_id: "https://client.example.com/metadata.json",
      // As a JWT template adds them.
      role: "admin",
      permissions: ["reports:read"],
    },
  });
});
afterAll(async () => page.close());
afterEach(() => vi.restoreAllMocks());

/** What a sample writes to the console. */
async function printed(code: () => unknown): Promise<unknown[][]> {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await page.run(ada, code);
  const { calls } = log.mock;
  log.mockRestore();
  return calls;
}

describe("the samples of the package's README", () => {
  it("show the session and the user", async () => {
    expect(await printed(myTool)).toEqual([
      [ADA],
      [ACME],
      ["admin"],
      [["reports:read"]],
      ["ada@acme.test"],
      ["Ada"],
      ["Lovelace"],
    ]);
    expect(await page.run(ada, myTool)).toBe(`Hello Ada! Your user ID is ${ADA}`);
  });

  it("call organizations, directories, audit logs and connections of the SDK", async () => {
    expect(await printed(organizations)).toMatchObject([["Acme", [{ domain: "acme.test" }]], [2]]);
    const [okta] = page.authkit.seed.directories;
    expect(await printed(() => directory(okta?.id ?? ""))).toEqual([[2, 2]]);
    expect(await printed(connections)).toEqual([[1]]);
    await page.run(ada, auditLog);
    expect(page.authkit.auditLogEvents).toMatchObject([
      { organizationId: ACME, action: "document.viewed", actor: { id: ADA } },
    ]);
  });

  it("tell callers apart", async () => {
    expect(await page.run(ada, whoami)).toBe(
      `the person ${ADA}, signed in with https://client.example.com/metadata.json`,
    );
    const reporter = await page.authkit.machineToken("Nightly Reporter");
    expect(await page.run(reporter, whoami)).toBe(
      "the application client_01K0REP0RTER00000000000000",
    );
    expect(await page.run("sk_local_nightly_export_not_a_secret", whoami)).toBe(
      `the API key "Nightly export" of organization ${ACME}`,
    );
  });

  it("change the caller's profile", async () => {
    expect(await page.run(ada, updateName)).toBe("Updated Name belongs to 2 organizations");
  });
});
