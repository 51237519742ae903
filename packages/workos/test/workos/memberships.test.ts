import { describe, expect, it } from "vitest";
import { createMembershipDirectory } from "../../src/workos/memberships.js";
import {
  ACME,
  ADA,
  call,
  GLOBEX,
  startToolServer,
  workosFake,
  type ToolServer,
} from "../access/tool-server.js";

const MEMBERSHIPS = "/user_management/organization_memberships";
const READ = { access: { tools: { "*": { permissions: ["reports:read"] } } } } as const;
const at = (server: ToolServer): string =>
  server.token({ exp: Math.floor(server.clock.now / 1000) + 60 });

async function outcome(server: ToolServer, token = at(server)): Promise<string> {
  const reply = await server.send(token, call("x"));
  if (reply.status !== 200) return `${reply.status}`;
  return reply.text.includes("isError") ? "denied" : "allowed";
}

/** WorkOS, with this list of memberships for every question. */
const answering = (data: readonly object[]) => (): never =>
  ({
    userManagement: {
      listOrganizationMemberships: () =>
        Promise.resolve({ listMetadata: { before: null, after: null }, data }),
    },
    authorization: {
      listOrganizationRoles: () =>
        Promise.resolve({ data: [{ slug: "admin", permissions: ["p"] }] }),
    },
  }) as never;

describe("memberships and the permissions of their roles", () => {
  it("are asked for once, however many calls wait, and at most twice for a thousand calls", async () => {
    const server = await startToolServer(READ);
    const token = server.token();
    const first = await Promise.all(Array.from({ length: 50 }, () => outcome(server, token)));
    expect(new Set(first)).toEqual(new Set(["allowed"]));
    for (let index = 0; index < 950; index += 1) await server.send(token, call("x"));
    expect(server.workos.asked).toEqual([
      `${MEMBERSHIPS} ${ADA} ${ACME}`,
      `/authorization/organizations/${ACME}/roles`,
    ]);
  });

  it("the roles of an organization are asked for once for all its members", async () => {
    const workos = workosFake();
    workos.memberships[`user_01BOB ${ACME}`] = { roles: ["member"] };
    const server = await startToolServer(READ, { workos });
    expect(await outcome(server)).toBe("allowed");
    expect(await outcome(server, server.token({ sub: "user_01BOB", sid: "b" }))).toBe("allowed");
    expect(workos.asked.filter((path) => path.endsWith("/roles"))).toHaveLength(1);
  });

  it("are believed for 60 seconds, and then a change counts", async () => {
    const server = await startToolServer(READ);
    expect(await outcome(server)).toBe("allowed");
    server.workos.roles["member"] = [];
    server.clock.now += 59_999;
    expect(await outcome(server)).toBe("allowed");
    server.clock.now += 1;
    expect(await outcome(server)).toBe("denied");
  });

  it("serve for five minutes while WorkOS is silent, then no caller passes, then every caller again", async () => {
    const server = await startToolServer(READ);
    expect(await outcome(server)).toBe("allowed");
    server.workos.status = 500;
    server.clock.now += 5 * 60_000 - 1;
    expect(await outcome(server)).toBe("allowed");
    server.clock.now += 1;
    expect(await outcome(server)).toBe("503");
    server.workos.status = 200;
    server.clock.now += 2_000;
    expect(await outcome(server)).toBe("allowed");
  });

  it("a silent WorkOS is left alone for two seconds, or as long as it says", async () => {
    const server = await startToolServer(READ);
    server.workos.status = 500;
    expect(await outcome(server)).toBe("503");
    const asked = server.workos.asked.length;
    server.clock.now += 1_999;
    expect(await outcome(server)).toBe("503");
    expect(server.workos.asked).toHaveLength(asked);
    server.workos.status = 429;
    server.workos.retryAfter = 30;
    server.clock.now += 1;
    expect(await outcome(server)).toBe("503");
    server.workos.status = 200;
    server.clock.now += 29_999;
    expect(await outcome(server)).toBe("503");
    server.clock.now += 1;
    expect(await outcome(server)).toBe("allowed");
  });

  it("an organization that is gone has no members: denied, not try again", async () => {
    const server = await startToolServer(READ);
    server.workos.status = 404;
    expect(await outcome(server)).toBe("denied");
  });

  it.each([
    ["inactive", { status: "inactive", roles: ["member"] }],
    ["pending", { status: "pending", roles: ["member"] }],
    ["a role that the organization does not have", { roles: ["ghost"] }],
  ])("%s gives no permission", async (_, membership) => {
    const workos = workosFake();
    workos.memberships = { [`${ADA} ${ACME}`]: membership };
    expect(await outcome(await startToolServer(READ, { workos }))).toBe("denied");
  });

  it("every role counts", async () => {
    const workos = workosFake();
    workos.memberships = { [`${ADA} ${ACME}`]: { roles: ["guest", "admin"] } };
    workos.roles = { guest: [], admin: ["reports:read"] };
    expect(await outcome(await startToolServer(READ, { workos }))).toBe("allowed");
  });

  it("remembers the 5,000 members and 1,000 organizations that were asked for last", async () => {
    const asked: string[] = [];
    const client = () =>
      ({
        userManagement: {
          listOrganizationMemberships: ({ userId }: { userId: string }) => {
            asked.push(userId);
            return Promise.resolve({ listMetadata: { before: null, after: null }, data: [] });
          },
        },
        authorization: {
          listOrganizationRoles: (id: string) => {
            asked.push(id);
            return Promise.resolve({ data: [] });
          },
        },
      }) as never;
    const directory = createMembershipDirectory(client, () => 0);
    const find = async (member: number, organization: number): Promise<readonly string[]> => {
      asked.length = 0;
      await directory.find(`user_${member}`, `org_${organization}`);
      return [...asked];
    };
    for (let member = 0; member <= 5_000; member += 1) await find(member, 0);
    expect(await find(1, 0)).toEqual([]);
    expect(await find(0, 0)).toEqual(["user_0"]);
    for (let organization = 1; organization <= 1_000; organization += 1)
      await find(0, organization);
    expect(await find(1, 1)).toEqual(["user_1"]);
    expect(await find(2, 0)).toEqual(["user_2", "org_0"]);
  });

  it.each([
    ["another user", { userId: "user_OTHER", organizationId: ACME }],
    ["another organization", { userId: ADA, organizationId: GLOBEX }],
  ])("an answer about %s is no answer: it grants nothing, and denies nothing", async (_, other) => {
    const row = { id: "om_1", status: "active", role: { slug: "admin" }, ...other };
    const directory = createMembershipDirectory(answering([row]), () => 0);
    expect(await directory.find(ADA, ACME)).toEqual({ kind: "unavailable" });
  });

  it("a list of other users' organizations is no answer", async () => {
    const row = { id: "om_1", status: "active", userId: "user_OTHER", organizationId: ACME };
    const directory = createMembershipDirectory(answering([row]), () => 0);
    expect(await directory.organizationsOf(ADA)).toEqual({
      kind: "unavailable",
      problem: "answered 200 with memberships of others",
    });
  });

  it("an inactive membership is none", async () => {
    const row = { id: "om_3", status: "inactive", userId: ADA, organizationId: ACME };
    const directory = createMembershipDirectory(answering([row]), () => 0);
    expect(await directory.find(ADA, ACME)).toEqual({ kind: "known", value: undefined });
    expect(await directory.organizationsOf(ADA)).toEqual({
      kind: "known",
      value: { ids: new Set(), isComplete: true },
    });
  });

  /** A user who belongs to so many organizations, and the pages that were asked for. */
  const belonging = async (count: number) => {
    const asked: unknown[] = [];
    const client = () =>
      ({
        userManagement: {
          listOrganizationMemberships: (question: { limit: number; after?: string }) => {
            asked.push(question);
            const from = Number(question.after?.slice("om_".length) ?? 0);
            const to = Math.min(from + question.limit, count);
            return Promise.resolve({
              listMetadata: { before: null, after: to < count ? `om_${to}` : null },
              data: Array.from({ length: to - from }, (_, index) => ({
                userId: ADA,
                organizationId: `org_${from + index}`,
                status: "active",
              })),
            });
          },
        },
      }) as never;
    const directory = createMembershipDirectory(client, () => 0);
    const found = await directory.organizationsOf(ADA);
    return { asked, value: found.kind === "known" ? found.value : undefined, directory };
  };

  it("where a user belongs is asked for by the hundred, twice at most", async () => {
    const question = { userId: ADA, statuses: ["active"], limit: 100 };
    const few = await belonging(100);
    expect(few.asked).toEqual([question]);
    expect([few.value?.ids.size, few.value?.isComplete]).toEqual([100, true]);
    const many = await belonging(200);
    expect(many.asked).toEqual([question, { ...question, after: "om_100" }]);
    expect([many.value?.ids.size, many.value?.isComplete]).toEqual([200, true]);
    expect(many.value?.ids.has("org_199")).toBe(true);
    const more = await belonging(201);
    expect(more.asked).toHaveLength(2);
    expect([more.value?.ids.size, more.value?.isComplete]).toEqual([200, false]);
    // Remembered, and forgotten when a membership changes.
    await more.directory.organizationsOf(ADA);
    expect(more.asked).toHaveLength(2);
    more.directory.forgetMember(ADA, ACME);
    await more.directory.organizationsOf(ADA);
    expect(more.asked).toHaveLength(4);
  });

  it("a call denied for the organization asks one question, however many the rule names", async () => {
    const more = Array.from({ length: 29 }, (_, index) => `org_01X${index}` as const);
    const server = await startToolServer({
      access: {
        tools: {
          x: { organization: ["org_01X", ...more], permissions: ["a"], featureFlags: ["b"] },
        },
      },
    });
    const reply = await server.send(server.token(), call("x"));
    expect(reply.text).toContain("organization_not_allowed");
    expect(server.workos.asked).toEqual([`${MEMBERSHIPS} ${ADA}`]);
  });

  it.each([
    ["the membership", 500, 200],
    ["the roles of its organization", 200, 500],
  ])("are not known while %s alone cannot be had", async (_, ofMembership, ofRoles) => {
    const answer = (status: number, data: readonly object[]): Promise<unknown> =>
      status === 200
        ? Promise.resolve({ data })
        : Promise.reject(Object.assign(new Error("no"), { status }));
    const membership = {
      id: "om_1",
      userId: ADA,
      organizationId: ACME,
      status: "active",
      role: { slug: "admin" },
    };
    const client = () =>
      ({
        userManagement: { listOrganizationMemberships: () => answer(ofMembership, [membership]) },
        authorization: {
          listOrganizationRoles: () => answer(ofRoles, [{ slug: "admin", permissions: ["p"] }]),
        },
      }) as never;
    const directory = createMembershipDirectory(client, () => 0);
    expect(await directory.find(ADA, ACME)).toMatchObject({ kind: "unavailable" });
  });

  it("asks for the active membership alone, and anew for what was forgotten alone", async () => {
    const asked: unknown[] = [];
    const client = () =>
      ({
        userManagement: {
          async listOrganizationMemberships(query: { userId: string; organizationId: string }) {
            asked.push(query);
            const { userId, organizationId } = query;
            const membership = { status: "active", role: { slug: "admin" } };
            return { data: [{ id: "om_1", userId, organizationId, ...membership }] };
          },
        },
        authorization: {
          async listOrganizationRoles(organizationId: string) {
            asked.push(organizationId);
            return { data: [{ slug: "admin", permissions: ["p"] }] };
          },
        },
      }) as never;
    const directory = createMembershipDirectory(client, () => 0);
    const look = async (): Promise<unknown[]> => {
      asked.length = 0;
      for (const organization of [ACME, GLOBEX]) await directory.find(ADA, organization);
      return asked.splice(0);
    };
    const member = (organizationId: string): object => ({
      userId: ADA,
      organizationId,
      statuses: ["active"],
      limit: 1,
    });
    expect(await look()).toEqual([member(ACME), ACME, member(GLOBEX), GLOBEX]);
    expect(await look()).toEqual([]);
    directory.forgetMember(ADA, ACME);
    expect(await look()).toEqual([member(ACME)]);
    directory.forgetRoles(GLOBEX);
    expect(await look()).toEqual([GLOBEX]);
    directory.forgetRoles();
    expect(await look()).toEqual([ACME, GLOBEX]);
  });

  it("T-16: what is no ID is never put into a path", async () => {
    const directory = createMembershipDirectory(
      () => {
        throw new Error("this must not be asked");
      },
      () => 0,
    );
    for (const id of ["../users", "org_1/roles", "org_1 org_2", "", "org_"]) {
      expect(await directory.find(ADA, id)).toEqual({ kind: "known", value: undefined });
      expect(await directory.find(id, ACME)).toEqual({ kind: "known", value: undefined });
      expect(await directory.organizationsOf(id)).toEqual({
        kind: "known",
        value: { ids: new Set(), isComplete: true },
      });
    }
  });
});
