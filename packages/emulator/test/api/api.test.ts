import { NotFoundException, UnauthorizedException, WorkOS } from "@workos-inc/node";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEmulator, defaultSeed, type Emulator } from "../../src/index.js";
import { acme, ada, alan, get, globex, grace } from "../support/oauth-client.js";

const directory = "directory_01K0ACMED1R000000000000000";
const engineering = "directory_group_01K0ENG1NEER1NG00000000000";
const finance = "directory_group_01K0F1NANCE000000000000000";
const key = { authorization: "Bearer sk_test_local_emulator_only_not_a_secret" };

let emulator: Emulator;
let workos: WorkOS;

beforeAll(async () => {
  emulator = await createEmulator({ port: 0, now: () => Date.UTC(2026, 0, 1) });
  workos = sdkFor(emulator, emulator.apiKey);
});

afterAll(() => emulator.close());

function sdkFor({ url }: Emulator, apiKey: string): WorkOS {
  return new WorkOS(apiKey, {
    apiHostname: "127.0.0.1",
    port: Number(new URL(url).port),
    https: false,
  });
}

function codeOf(run: () => Promise<unknown>): Promise<unknown> {
  return run().then(
    () => "no error",
    (error: unknown) => error,
  );
}

describe("users, through the SDK", () => {
  it("gets one", async () => {
    expect(await workos.userManagement.getUser(ada)).toEqual({
      object: "user",
      id: "user_01K0ADA0000000000000000000",
      email: "ada@acme.test",
      emailVerified: true,
      name: "Ada Lovelace",
      firstName: "Ada",
      lastName: "Lovelace",
      profilePictureUrl: null,
      lastSignInAt: null,
      locale: null,
      externalId: null,
      metadata: {},
      createdAt: "2026-01-01T00:00:00.000Z",
      updatedAt: "2026-01-01T00:00:00.000Z",
    });
  });

  it("lists all, by e-mail and by organization", async () => {
    const ids = async (options: object): Promise<string[]> =>
      (await workos.userManagement.listUsers(options)).data.map(({ id }) => id);
    expect(await ids({})).toEqual([alan, grace, ada]);
    expect(await ids({ email: "GRACE@acme.test" })).toEqual([grace]);
    expect(await ids({ organizationId: globex })).toEqual([ada]);
    expect(await ids({ organizationId: "org_01NONE" })).toEqual([]);
  });

  it("updates one, and merges metadata", async () => {
    const own = await createEmulator({ port: 0 });
    const sdk = sdkFor(own, own.apiKey);
    await sdk.userManagement.updateUser({
      userId: ada,
      firstName: "Augusta",
      metadata: { team: "engines", desk: "1" },
    });
    const updated = await sdk.userManagement.updateUser({ userId: ada, metadata: { desk: null } });
    expect(updated).toMatchObject({
      firstName: "Augusta",
      lastName: "Lovelace",
      metadata: { team: "engines" },
    });
    expect(await sdk.userManagement.getUser(ada)).toEqual(updated);
    expect(own.seed.users[0]?.firstName).toBe("Ada");
    await own.close();
  });

  it.each([
    ["an e-mail that is none", { email: "x" }, "email"],
    ["a name that is no text", { first_name: 1 }, "first_name"],
    ["a flag that is no flag", { email_verified: "yes" }, "email_verified"],
    ["metadata that is no object", { metadata: [] }, "metadata"],
    ["metadata of other than texts", { metadata: { a: 1 } }, "metadata"],
    [
      "too much metadata",
      { metadata: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`k${n}`, "v"])) },
      "metadata",
    ],
  ])("refuses %s", async (_name, body, field) => {
    const response = await fetch(`${emulator.url}/user_management/users/${ada}`, {
      method: "PUT",
      headers: key,
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ field }] });
  });

  it("does not take a body that is no JSON object", async () => {
    const address = `${emulator.url}/user_management/users/${ada}`;
    for (const body of ["{", "[]", "x".repeat(300_000)]) {
      expect((await fetch(address, { method: "PUT", headers: key, body })).status).toBe(400);
    }
  });
});

describe("organizations, memberships and roles, through the SDK", () => {
  it("gets and lists organizations", async () => {
    const organization = await workos.organizations.getOrganization(acme);
    expect(organization).toMatchObject({
      object: "organization",
      id: acme,
      name: "Acme",
      externalId: null,
    });
    expect(organization.domains).toMatchObject([
      { domain: "acme.test", organizationId: acme, state: "verified" },
    ]);
    const list = async (options?: object): Promise<string[]> =>
      (await workos.organizations.listOrganizations(options)).data.map(({ name }) => name);
    expect(await list()).toEqual(["Globex", "Acme"]);
    expect(await list({ order: "asc" })).toEqual(["Acme", "Globex"]);
    expect(await list({ domains: ["globex.test"] })).toEqual(["Globex"]);
  });

  it("lists memberships of a person, of an organization and of both", async () => {
    const both = await workos.userManagement.listOrganizationMemberships({
      userId: ada,
      organizationId: acme,
    });
    expect(both.data).toMatchObject([
      {
        object: "organization_membership",
        userId: ada,
        organizationId: acme,
        organizationName: "Acme",
        status: "active",
      },
    ]);
    expect(both.data[0]?.role).toEqual({ slug: "admin" });
    expect(both.data[0]?.roles).toEqual([{ slug: "admin" }]);
    const ofAda = await workos.userManagement.listOrganizationMemberships({ userId: ada });
    expect(ofAda.data.map(({ organizationId }) => organizationId)).toEqual([globex, acme]);
    const ofAcme = await workos.userManagement.listOrganizationMemberships({
      organizationId: acme,
    });
    expect(ofAcme.data.map(({ userId }) => userId)).toEqual([grace, ada]);
  });

  it("lists active memberships unless told otherwise", async () => {
    const [first, ...rest] = defaultSeed.memberships;
    if (first === undefined) throw new Error("The default seed has memberships.");
    const seed = {
      ...defaultSeed,
      memberships: [{ ...first, status: "inactive" as const }, ...rest],
    };
    const own = await createEmulator({ port: 0, seed });
    const list = async (statuses?: ("active" | "inactive" | "pending")[]): Promise<number> =>
      (
        await sdkFor(own, own.apiKey).userManagement.listOrganizationMemberships({
          userId: ada,
          ...(statuses === undefined ? {} : { statuses }),
        })
      ).data.length;
    expect([
      await list(),
      await list(["inactive"]),
      await list(["active", "inactive"]),
      await list(["pending"]),
    ]).toEqual([1, 1, 2, 0]);
    await own.close();
  });

  it("gets a membership", async () => {
    const membership = await workos.userManagement.getOrganizationMembership(
      "om_01K0GRACEATACME00000000000",
    );
    expect(membership).toMatchObject({
      userId: grace,
      organizationId: acme,
      role: { slug: "member" },
    });
  });

  it("lists roles with their permissions", async () => {
    const { data } = await workos.authorization.listOrganizationRoles(acme);
    expect(data.map(({ slug, permissions }) => [slug, permissions])).toEqual([
      ["admin", ["reports:read", "reports:write", "users:manage"]],
      ["member", ["reports:read"]],
    ]);
    expect((await workos.authorization.listEnvironmentRoles()).data).toHaveLength(2);
    expect(await workos.authorization.getOrganizationRole(acme, "member")).toMatchObject({
      name: "Member",
    });
    expect(await workos.authorization.getEnvironmentRole("admin")).toMatchObject({
      type: "EnvironmentRole",
    });
    expect(await codeOf(() => workos.authorization.getEnvironmentRole("none"))).toBeInstanceOf(
      NotFoundException,
    );
  });

  it("lists connections", async () => {
    const { data } = await workos.sso.listConnections({ organizationId: acme });
    expect(data).toMatchObject([
      { object: "connection", organizationId: acme, type: "OktaSAML", state: "active" },
    ]);
    expect((await workos.sso.listConnections({ organizationId: globex })).data).toEqual([]);
  });
});

describe("directories, through the SDK", () => {
  it("lists and gets them", async () => {
    const { data } = await workos.directorySync.listDirectories({ organizationId: acme });
    expect(data).toMatchObject([
      { object: "directory", id: directory, state: "active", domain: "acme.test" },
    ]);
    expect((await workos.directorySync.listDirectories({ search: "nothing" })).data).toEqual([]);
    expect(await workos.directorySync.getDirectory(directory)).toMatchObject({ name: "Acme Okta" });
  });

  it("lists users of a directory and of a group", async () => {
    const all = await workos.directorySync.listUsers({ directory });
    expect(all.data.map(({ email }) => email)).toEqual(["grace@acme.test", "ada@acme.test"]);
    expect(all.data[1]).toMatchObject({
      directoryId: directory,
      organizationId: acme,
      state: "active",
      firstName: "Ada",
    });
    expect(all.data[1]?.groups.map(({ name }) => name)).toEqual(["Engineering", "Finance"]);
    const inFinance = await workos.directorySync.listUsers({ group: finance });
    expect(inFinance.data.map(({ email }) => email)).toEqual(["ada@acme.test"]);
  });

  it("lists groups of a directory and of a user", async () => {
    const all = await workos.directorySync.listGroups({ directory });
    expect(all.data.map(({ id }) => id)).toEqual([finance, engineering]);
    const ofGrace = await workos.directorySync.listGroups({
      user: "directory_user_01K0GRACED1R00000000000000",
    });
    expect(ofGrace.data.map(({ name }) => name)).toEqual(["Engineering"]);
  });

  it("wants to know of what", async () => {
    for (const path of ["/directory_users", "/directory_groups"])
      expect((await get(emulator, path, key)).status).toBe(422);
    expect((await get(emulator, "/directory_users?directory=directory_01NONE", key)).status).toBe(
      404,
    );
  });
});

describe("audit log events, through the SDK", () => {
  const event = {
    action: "document.viewed",
    occurredAt: new Date("2026-01-01T12:00:00.000Z"),
    actor: { id: ada, type: "user" },
    targets: [{ id: "doc_123", type: "document" }],
    context: { location: "127.0.0.1", userAgent: "test" },
    metadata: { pages: 3 },
  };

  it("keeps what was sent, once for each idempotency key", async () => {
    const own = await createEmulator({ port: 0 });
    const sdk = sdkFor(own, own.apiKey);
    await sdk.auditLogs.createEvent(acme, event, { idempotencyKey: "key-1" });
    await sdk.auditLogs.createEvent(acme, event, { idempotencyKey: "key-1" });
    await sdk.auditLogs.createEvent(acme, event, { idempotencyKey: "key-2" });
    expect(own.auditLogEvents).toHaveLength(2);
    expect(own.auditLogEvents[0]).toEqual({
      id: expect.stringMatching(/^audit_log_event_01/u),
      organizationId: acme,
      action: "document.viewed",
      occurredAt: "2026-01-01T12:00:00.000Z",
      actor: { id: ada, type: "user" },
      targets: [{ id: "doc_123", type: "document" }],
      context: { location: "127.0.0.1", user_agent: "test" },
      metadata: { pages: 3 },
      idempotencyKey: "key-1",
    });
    const reuse = await codeOf(() =>
      sdk.auditLogs.createEvent(globex, event, { idempotencyKey: "key-1" }),
    );
    expect(reuse).toMatchObject({ status: 409 });
    await own.close();
  });

  it.each([
    ["no targets", { targets: [] }],
    ["an actor without an id", { actor: { id: "", type: "user" } }],
    ["no action", { action: "" }],
    ["no location", { context: { location: "" } }],
    [
      "too many metadata keys",
      { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, "v"])) },
    ],
    ["a metadata value that is too long", { metadata: { note: "x".repeat(501) } }],
  ])("refuses %s as WorkOS does", async (_name, change) => {
    const error = await codeOf(() => workos.auditLogs.createEvent(acme, { ...event, ...change }));
    expect(error).toMatchObject({ status: 400, code: "invalid_audit_log" });
  });

  it("refuses an organization that is not there, or none", async () => {
    expect(await codeOf(() => workos.auditLogs.createEvent("org_01NONE", event))).toBeInstanceOf(
      NotFoundException,
    );
    const body = JSON.stringify({ event: {} });
    const response = await fetch(`${emulator.url}/audit_logs/events`, {
      method: "POST",
      headers: key,
      body,
    });
    expect(response.status).toBe(400);
  });

  it("wants a schema only when the seed lists schemas", async () => {
    const own = await createEmulator({
      port: 0,
      seed: { ...defaultSeed, auditLogSchemas: [{ action: "document.viewed" }] },
    });
    const sdk = sdkFor(own, own.apiKey);
    await sdk.auditLogs.createEvent(acme, event);
    const unknown = await codeOf(() =>
      sdk.auditLogs.createEvent(acme, { ...event, action: "document.burnt" }),
    );
    expect(unknown).toMatchObject({ status: 400 });
    expect(own.auditLogEvents.map(({ action }) => action)).toEqual(["document.viewed"]);
    await own.close();
  });
});

describe("resource indicators, through the SDK's raw calls", () => {
  const path = "/user_management/authkit_oauth_resources";

  it("adds, lists, moves the default, and removes", async () => {
    const own = await createEmulator({ port: 0 });
    const sdk = sdkFor(own, own.apiKey);
    const first = (await sdk.post(path, { uri: "http://127.0.0.1:3002/mcp", default: true })).data;
    expect(first).toEqual({
      object: "authkit_oauth_resource",
      id: expect.stringMatching(/^authkit_oauth_resource_01/u),
      uri: "http://127.0.0.1:3002/mcp",
      default: true,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    await sdk.post(path, { uri: "http://127.0.0.1:3003/mcp", default: true });
    const list = async (): Promise<unknown> =>
      (await sdk.get(path)).data.data.map(
        ({ uri, default: isDefault }: { uri: string; default: boolean }) => [uri, isDefault],
      );
    expect(await list()).toEqual([
      ["http://127.0.0.1:3003/mcp", true],
      ["http://127.0.0.1:3002/mcp", false],
    ]);
    await sdk.delete(`${path}/${first.id}`);
    expect(await list()).toEqual([["http://127.0.0.1:3003/mcp", true]]);
    expect(await codeOf(() => sdk.delete(`${path}/${first.id}`))).toBeInstanceOf(NotFoundException);
    await own.close();
  });

  it.each([
    ["no URI", {}, 422],
    ["a relative one", { uri: "/mcp" }, 422],
    ["one with a fragment", { uri: "https://mcp.example/#x" }, 422],
    ["a default that is no flag", { uri: "https://mcp.example/", default: "yes" }, 422],
  ])("refuses %s", async (_name, body, status) => {
    expect(await codeOf(() => workos.post(path, body))).toMatchObject({ status });
  });

  it("refuses one that is there already", async () => {
    const own = await createEmulator({
      port: 0,
      seed: { ...defaultSeed, resources: [{ uri: "https://mcp.example/" }] },
    });
    expect(
      await codeOf(() => sdkFor(own, own.apiKey).post(path, { uri: "https://mcp.example/" })),
    ).toMatchObject({ status: 409 });
    await own.close();
  });
});

describe("errors", () => {
  it("a wrong or missing key is 401 before anything else is looked at", async () => {
    expect(
      await codeOf(() => sdkFor(emulator, "sk_test_wrong").userManagement.getUser(ada)),
    ).toBeInstanceOf(UnauthorizedException);
    for (const path of [
      `/user_management/users/${ada}`,
      "/organizations",
      "/nothing",
      "/user_management/users/unknown",
    ]) {
      const { body, status } = await get(emulator, path);
      expect([status, body]).toEqual([401, { message: "Unauthorized" }]);
    }
  });

  it("what is not there is 404 in WorkOS's words", async () => {
    expect((await get(emulator, "/user_management/users/user_01NONE", key)).body).toEqual({
      message: "User not found: 'user_01NONE'.",
      code: "entity_not_found",
      entity_id: "user_01NONE",
    });
    for (const path of [
      "/organizations/org_01NONE",
      "/user_management/organization_memberships/om_01NONE",
      "/widgets",
    ]) {
      expect((await get(emulator, path, key)).status).toBe(404);
    }
    expect(await codeOf(() => workos.userManagement.getUser("user_01NONE"))).toBeInstanceOf(
      NotFoundException,
    );
  });
});

describe("pagination", () => {
  it("walks through a list in both orders and misses nobody, whatever the page size", async () => {
    const users = Array.from({ length: 23 }, (_, n) => ({
      id: `user_01N${n}`,
      email: `n${n}@acme.test`,
    }));
    const own = await createEmulator({ seed: { ...defaultSeed, users, memberships: [] } });
    const page = async (query: Record<string, string>) =>
      (await get(own, `/user_management/users?${new URLSearchParams(query).toString()}`, key)).body;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom("asc", "desc"),
        async (limit, order) => {
          const forward: string[] = [];
          let query: Record<string, string> = { limit: String(limit), order };
          for (;;) {
            const { data, list_metadata: metadata } = await page(query);
            forward.push(...data.map(({ id }: { id: string }) => id));
            if (metadata.after === null) break;
            query = { limit: String(limit), order, after: metadata.after };
          }
          const expected = users.map(({ id }) => id);
          expect(forward).toEqual(order === "asc" ? expected : expected.toReversed());
        },
      ),
      { numRuns: 40 },
    );
    const first = await page({ limit: "5", order: "asc" });
    expect(first.list_metadata).toEqual({ before: null, after: "user_01N4" });
    const second = await page({ limit: "5", order: "asc", after: "user_01N4" });
    expect(second.list_metadata).toEqual({ before: "user_01N5", after: "user_01N9" });
    expect((await page({ limit: "5", order: "asc", before: "user_01N5" })).data).toEqual(
      first.data,
    );
    expect(
      (await page({ limit: "3", order: "asc", before: "user_01N1" })).data.map(
        ({ id }: { id: string }) => id,
      ),
    ).toEqual(["user_01N0"]);
  });

  it("is what the SDK's automatic pagination follows", async () => {
    const users = Array.from({ length: 205 }, (_, n) => ({
      id: `user_01N${n}`,
      email: `n${n}@acme.test`,
    }));
    const own = await createEmulator({ port: 0, seed: { ...defaultSeed, users, memberships: [] } });
    const list = await sdkFor(own, own.apiKey).userManagement.listUsers();
    const found = (await list.autoPagination()).map(({ id }) => id);
    expect(found).toEqual(users.map(({ id }) => id).toReversed());
    await own.close();
  });

  it.each([
    "limit=0",
    "limit=101",
    "limit=x",
    "limit=1.5",
    "order=up",
    "after=user_01NONE",
    "before=user_01NONE",
    `after=${ada}&before=${grace}`,
  ])("refuses %s", async (query) => {
    expect((await get(emulator, `/user_management/users?${query}`, key)).status).toBe(422);
  });
});
