import { defaultSeed } from "@xmcp-dev/authkit-emulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessApp, whatRan } from "../support/access-app.ts";
import { startPair, type Pair } from "../support/authkit.ts";
import { sdkClients, type ConnectedClient } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";

const ADA = "user_01K0ADA0000000000000000000";
const GRACE = "user_01K0GRACE00000000000000000";
const ACME = "org_01K0ACME000000000000000000";
const GLOBEX = "org_01K0G10BEX0000000000000000";
const GRACE_AT_ACME = "om_01K0GRACEATACME00000000000";
const SEVEN = "authz_resource_01K0D0CSEVEN00000000000";
const EIGHT = "authz_resource_01K0D0CEIGHT00000000000";

const CONFIGURATION = `{
  access: {
    tools: {
      whoami: "authenticated",
      report_raed: { permissions: ["reports:read"] },
      report_write: {
        check: hasPermissionOn("docs:edit", ({ arguments: { id } }) => ({
          resourceTypeSlug: "doc",
          resourceExternalId: String(id),
        })),
      },
      nightly: {
        check: hasPermissionOn("docs:edit", ({ arguments: { id } }) => ({ resourceId: String(id) })),
      },
    },
    resources: {
      "files://t/{org}/{id}": {
        check: ({ caller, kind, name }) =>
          kind === "resource" && name.startsWith("files://t/" + caller.organizationId + "/"),
      },
      "docs://{id}": {
        check: hasPermissionOn("docs:view", ({ name }) => ({
          resourceTypeSlug: "doc",
          resourceExternalId: name.slice("docs://".length),
        })),
      },
    },
    prompts: {
      summarize: "authenticated",
      audit: {
        check: ({ caller, kind, name }) =>
          kind === "prompt" && name === "audit" && caller.id === "${ADA}",
      },
    },
  },
}`;

let pair: Pair;
beforeAll(async () => {
  const doc = (id: string, externalId: string) => ({
    id,
    externalId,
    typeSlug: "doc",
    name: `Document ${externalId}`,
    organizationId: ACME,
  });
  const assigned = (roleSlug: string, resourceId: string) => ({
    membershipId: GRACE_AT_ACME,
    roleSlug,
    resourceId,
  });
  pair = await startPair("access-checks", {
    files: accessApp(CONFIGURATION, ["hasPermissionOn"]),
    seed: {
      permissions: [
        ...defaultSeed.permissions,
        { slug: "docs:edit", name: "Edit documents" },
        { slug: "docs:view", name: "View documents" },
      ],
      roles: [
        ...defaultSeed.roles,
        { slug: "doc-editor", name: "Editor", permissions: ["docs:edit"] },
        { slug: "doc-viewer", name: "Viewer", permissions: ["docs:view"] },
      ],
      authorizationResources: [doc(SEVEN, "7"), doc(EIGHT, "8")],
      roleAssignments: [assigned("doc-editor", SEVEN), assigned("doc-viewer", EIGHT)],
    },
  });
});
afterAll(async () => {
  await pair?.stop();
});

const NO =
  "with these arguments: the server's own check said no. The operator of the server can say why.";

it("says at its start which rule is for nothing, and which name it may have meant", async () => {
  await expect
    .poll(() => pair.app.lines.filter((line) => line.includes("is a rule for nothing")))
    .toEqual([
      expect.stringContaining(
        'access.tools["report_raed"] is a rule for nothing: the server has no such tool; did you mean report_read?',
      ),
    ]);
});

describe.each(Object.entries(sdkClients))("%s", (_name, connect) => {
  const signIn = (user: string, organization?: string): Promise<ConnectedClient> =>
    connect(
      pair.app.mcpUrl,
      new HeadlessOAuthClient({ user, ...(organization === undefined ? {} : { organization }) }),
    );

  it("a permission on one resource is asked of WorkOS, by either ID, for the permission and the resource it is about", async () => {
    const grace = await signIn(GRACE);
    const before = whatRan(pair.app).length;
    pair.authkit.clearRequests();
    expect(await grace.askTool("report_write", { id: "7" })).toMatchObject({ isError: false });
    expect(await grace.askTool("nightly", { id: SEVEN })).toMatchObject({ isError: false });
    const path = `/authorization/organization_memberships/${GRACE_AT_ACME}/check`;
    expect(
      pair.authkit
        .requests()
        .filter((one) => one.path.endsWith("/check"))
        .map((one) => one.path),
    ).toEqual([path, path]);
    for (const [tool, id] of [
      // Viewing it is not editing it.
      ["report_write", "8"],
      ["nightly", EIGHT],
      // No user has a permission on what is not there.
      ["report_write", "9"],
      ["report_write", SEVEN],
      ["nightly", "7"],
    ] as const) {
      expect(await grace.askTool(tool, { id })).toMatchObject({
        isError: true,
        text: `You may not use the tool ${tool} ${NO}`,
      });
    }
    expect(await grace.readResource("docs://8")).toBe("doc 8");
    await expect(grace.readResource("docs://7")).rejects.toMatchObject({ code: -32_003 });
    await expect
      .poll(() => whatRan(pair.app).slice(before))
      .toEqual(["report_write", "nightly", "docs://{id} 8"]);
    await grace.close();
  });

  it("a check on a resource and one on a prompt know who and which", async () => {
    const grace = await signIn(GRACE);
    expect(await grace.readResource(`files://t/${ACME}/1`)).toBe(`file ${ACME} 1`);
    for (const uri of [`files://t/${GLOBEX}/1`, `files://t/${ACME}/../${GLOBEX}/1`]) {
      await expect(grace.readResource(uri)).rejects.toMatchObject({
        code: -32_003,
        message: expect.stringContaining(`You may not use the resource ${uri} ${NO}`),
        data: { reason: "check_denied" },
      });
    }
    await expect(grace.getPrompt("audit")).rejects.toMatchObject({
      code: -32_003,
      message: expect.stringContaining(`You may not use the prompt audit ${NO}`),
      data: { reason: "check_denied" },
    });
    await grace.close();

    const ada = await signIn(ADA, GLOBEX);
    expect(await ada.readResource(`files://t/${GLOBEX}/1`)).toBe(`file ${GLOBEX} 1`);
    expect(await ada.getPrompt("audit")).toBe("Please do: audit");
    await ada.close();
  });

  it("while WorkOS cannot be asked, a permission on a resource is not the caller's denial", async () => {
    const grace = await signIn(GRACE);
    await grace.askTool("report_write", { id: "7" });
    pair.authkit.fail("api", { status: 500 });
    try {
      await expect(grace.askTool("report_write", { id: "7" })).rejects.toThrow(
        "cannot be found out at the moment",
      );
    } finally {
      pair.authkit.recover();
    }
    // The client of tools pauses for five seconds when WorkOS failed again and again.
    const again = async (): Promise<boolean> =>
      grace.askTool("report_write", { id: "7" }).then(
        ({ isError }) => !isError,
        () => false,
      );
    await expect.poll(again, { timeout: 15_000, interval: 500 }).toBe(true);
    await grace.close();
  });
});
