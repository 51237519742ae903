import { expect, it } from "vitest";
import { getAccess, getClient, hasPermissionOn } from "../../src/index.js";
import { ADA, call, startToolServer, workosFake, type FakeWorkOS } from "./tool-server.js";

/** WorkOS answers 500 to whatever is asked at these paths, and all else as ever. */
function failingAt(path: RegExp): FakeWorkOS {
  const workos = workosFake();
  return Object.defineProperty(workos, "status", {
    get: () => (path.test(workos.asked.at(-1) ?? "") ? 500 : 200),
  });
}

const DOC = { resourceTypeSlug: "doc", resourceExternalId: "1" };
const canEdit = hasPermissionOn("doc:edit", () => DOC);

const ACCESS = {
  tools: {
    failing: "authenticated",
    inside: "authenticated",
    edit: { check: canEdit },
    report: { permissions: ["reports:read"] },
  },
} as const;

const tool = async (name: string): Promise<unknown> => {
  if (name === "failing") return getClient().userManagement.getUser(ADA);
  if (name === "inside") {
    const access = await getAccess();
    (await access.on("doc:edit", DOC)).require();
  }
  return "done";
};

it("T-21: calls of a tool that fail over and over deny no access, in the map or inside a tool", async () => {
  const workos = failingAt(/^\/user_management\/users\//);
  const server = await startToolServer({ access: ACCESS }, { workos, tool });
  for (let attempt = 0; attempt < 3; attempt += 1)
    await server.send(server.token(), call("failing"));
  expect(server.lines.join()).toContain("The WorkOS API is unreachable for tools");
  for (const name of ["edit", "inside", "report"]) {
    expect((await server.send(server.token(), call(name))).text).toContain('"done"');
  }
  expect(workos.asked.filter((path) => path.endsWith("/check"))).toHaveLength(2);
});

it("T-21: checks that fail over and over take no roles and permissions from others", async () => {
  const workos = failingAt(/\/check$/);
  const server = await startToolServer({ access: ACCESS }, { workos, tool });
  for (let attempt = 0; attempt < 6; attempt += 1) {
    expect((await server.send(server.token(), call("edit"))).status).toBe(503);
  }
  expect(workos.asked.filter((path) => path.endsWith("/check"))).toHaveLength(5);
  expect(server.lines.join()).toContain("The WorkOS API is unreachable for checks");
  const bob = server.token({ sub: "user_01BOB" });
  workos.memberships["user_01BOB org_01ACME"] = { roles: ["member"] };
  expect((await server.send(bob, call("report"))).text).toContain('"done"');
  expect((await server.middleware.health()).api.isReachable).toBe(false);
});
