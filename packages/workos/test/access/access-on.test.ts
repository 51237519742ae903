import { describe, expect, it } from "vitest";
import { getAccess } from "../../src/index.js";
import { call, startToolServer, workosFake } from "./tool-server.js";
import { noting, thrownBy } from "./noting.js";

const textOf = (reply: { json: unknown }): unknown =>
  (reply.json as { result: { content: { text: unknown }[] } }).result.content[0]?.text;

describe("access.on()", () => {
  it("asks WorkOS about one resource, at each call", async () => {
    const workos = workosFake();
    const server = await startToolServer(
      {},
      {
        workos,
        tool: async () => {
          const access = await getAccess();
          const resource = { resourceTypeSlug: "doc", resourceExternalId: "7" };
          const on = await access.on("docs:edit", resource);
          on.require();
          return [on.isAllowed, (await access.on("docs:edit", resource)).isAllowed];
        },
      },
    );
    expect(textOf(await server.send(server.token(), call("x")))).toEqual([true, true]);
    const checks = workos.asked.filter((path) => path.endsWith("/check"));
    expect(checks).toEqual([
      "/authorization/organization_memberships/om_01MEMBER/check",
      "/authorization/organization_memberships/om_01MEMBER/check",
    ]);
  });

  it("denies a caller without a membership, and asks nothing", async () => {
    const workos = workosFake();
    workos.memberships = {};
    const notes: unknown[] = [];
    const server = await startToolServer(
      {},
      {
        workos,
        tool: noting(notes, async (access) => {
          const on = await access.on("docs:edit", { resourceId: "7" });
          return [on.isAllowed, thrownBy(() => on.require())];
        }),
      },
    );
    await server.send(server.token(), call("x"));
    expect(notes).toEqual([
      [false, ["access_denied", "permission_missing", { permissions: ["docs:edit"] }]],
    ]);
    expect(workos.asked.filter((path) => path.endsWith("/check"))).toEqual([]);
  });

  it.each([
    [{ resourceTypeSlug: "doc", resourceExternalId: "7" }, 'the doc "7"'],
    [{ resourceId: "authz_resource_01DOC" }, 'the resource "authz_resource_01DOC"'],
  ])(
    "names the resource %j to the caller and in the log, and who can help",
    async (resource, named) => {
      const workos = workosFake();
      workos.memberships = {};
      const server = await startToolServer(
        {},
        {
          workos,
          tool: async () => {
            (await (await getAccess()).on("docs:edit", resource)).require();
          },
        },
      );
      const reply = await server.send(server.token(), call("x"));
      const text = `it needs the permission "docs:edit" on ${named}. An administrator of the organization org_01ACME can assign you a role on that resource`;
      expect(JSON.parse(JSON.stringify(reply.json)).result.content[0].text).toContain(text);
      expect(server.lines.join("\n")).toContain(text);
    },
  );

  it.each([
    ["no permission", "", { resourceId: "7" }],
    ["a permission that is none", 7, { resourceId: "7" }],
    ["no resource", "docs:edit", undefined],
    ["a promise of a resource", "docs:edit", Promise.resolve({ resourceId: "7" })],
    ["an ID that is no text", "docs:edit", { resourceId: 7 }],
    ["an empty ID", "docs:edit", { resourceId: "" }],
    ["half a resource", "docs:edit", { resourceExternalId: "7" }],
    [
      "a resource named in two ways",
      "docs:edit",
      { resourceId: "7", resourceTypeSlug: "doc", resourceExternalId: "8" },
    ],
  ])("throws at once when it is given %s", async (_, permission, resource) => {
    const notes: unknown[] = [];
    const server = await startToolServer(
      {},
      {
        tool: noting(notes, (access) =>
          thrownBy(() => access.on(permission as never, resource as never)),
        ),
      },
    );
    await server.send(server.token(), call("x"));
    expect(notes).toEqual([
      [
        "invalid_rule",
        "access.on() needs the slug of a permission, and a resource: either { resourceId }, or { resourceTypeSlug, resourceExternalId }, each a text of 1 to 1,000 characters",
      ],
    ]);
  });
});
