import { afterEach, describe, expect, it, vi } from "vitest";
import { createAccessSource } from "../../src/access/access.js";
import { watchScope } from "../../src/access/access-watch.js";
import { hasPermissionOn } from "../../src/access/permission-on.js";
import type { Call } from "../../src/access/rule.js";
import { OpenChecks } from "../../src/session/open-checks.js";

const ADA = {
  kind: "access-token",
  claims: {},
  principal: { kind: "user", id: "user_01ADA" },
  authkit: { organizationId: "org_01ACME", scopes: [] },
} as never;

/** A call of a member, or of a caller who is none, and the questions that were asked. */
function called(answer: () => Promise<unknown>, isMember = true) {
  const asked: unknown[] = [];
  const workos = {
    authorization: {
      check: (question: unknown) => {
        asked.push(question);
        return answer();
      },
    },
  } as never;
  const checks = new OpenChecks(() => undefined);
  const scope = { isCheck: true, isClosed: false, checks } as const;
  const watch = {
    ...watchScope(scope, { usedKind: () => undefined }),
    assertOpen: () => undefined,
  };
  const from = {
    memberships: {
      find: () => ({
        kind: "known",
        value: isMember ? { id: "om_01ADA", roles: [], permissions: [] } : undefined,
      }),
    },
    featureFlags: { isEnabled: () => false },
    callers: new Set(["user"]),
    satisfies: () => false,
    accessClient: () => workos,
    reportCheck: () => undefined,
  } as never;
  const call: Call = {
    kind: "resource",
    name: "docs://7",
    arguments: {},
    caller: undefined as never,
    access: createAccessSource(ADA, from, watch),
    workos,
  };
  return { call, asked };
}

const mayEdit = hasPermissionOn("doc:edit", ({ name }) => ({
  resourceTypeSlug: "doc",
  resourceExternalId: name.slice("docs://".length),
}));
const failing = (status?: number) => (): Promise<never> =>
  Promise.reject(Object.assign(new Error("the SDK's words"), { status }));

describe("a permission on one resource", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([true, false])("is what WorkOS says of it: %s", async (authorized) => {
    const { call, asked } = called(() => Promise.resolve({ authorized }));
    expect(await mayEdit(call)).toBe(authorized);
    expect(asked).toEqual([
      {
        organizationMembershipId: "om_01ADA",
        permissionSlug: "doc:edit",
        resourceTypeSlug: "doc",
        resourceExternalId: "7",
      },
    ]);
  });

  it("is denied without membership and on what is no resource, and WorkOS is not asked", async () => {
    const stranger = called(() => Promise.resolve({ authorized: true }), false);
    expect(await mayEdit(stranger.call)).toBe(false);
    const member = called(() => Promise.resolve({ authorized: true }));
    expect(await hasPermissionOn("doc:edit", () => undefined)(member.call)).toBe(false);
    expect([...stranger.asked, ...member.asked]).toEqual([]);
  });

  it.each([
    ["permissionSlug", { permissionSlug: "document:read" }],
    ["organizationMembershipId", { organizationMembershipId: "om_01GRACE" }],
    ["anything", { authorized: true, __proto__: { resourceId: "x" }, resource_id: "y" }],
  ])("an argument's %s does not change what WorkOS is asked", async (_, more) => {
    const { call, asked } = called(() => Promise.resolve({ authorized: true }));
    const argument = { resourceTypeSlug: "doc", resourceExternalId: "7" };
    const picks = hasPermissionOn("doc:edit", ({ arguments: { document } }) => document as never);
    const sent = { ...argument, ...more };
    expect(await picks({ ...call, arguments: { document: sent } })).toBe(true);
    expect(asked).toEqual([
      { ...argument, organizationMembershipId: "om_01ADA", permissionSlug: "doc:edit" },
    ]);
  });

  it.each([
    ["a text", "doc_7"],
    ["null", null],
    ["a list", ["7"]],
    ["a promise", Promise.resolve({ resourceId: "7" })],
    ["no ID", { permissionSlug: "document:read" }],
    ["an empty ID", { resourceId: "" }],
    ["a number", { resourceId: 7 }],
    ["an object", { resourceId: { toString: () => "7" } }],
    ["an ID of 1,001 characters", { resourceId: "7".repeat(1_001) }],
    ["an external ID without a type", { resourceExternalId: "7" }],
    ["a type without an ID", { resourceTypeSlug: "doc" }],
    ["a list of types", { resourceExternalId: "7", resourceTypeSlug: ["doc"] }],
    ["an external ID of another type", { resourceExternalId: 7, resourceTypeSlug: "doc" }],
    ["both ways", { resourceId: "7", resourceExternalId: "8", resourceTypeSlug: "doc" }],
  ])("%s names no resource, and WorkOS is not asked", async (_, picked) => {
    const { call, asked } = called(() => Promise.resolve({ authorized: true }));
    expect(await hasPermissionOn("doc:edit", () => picked as never)(call)).toBe(false);
    expect(asked).toEqual([]);
  });

  it("is asked of WorkOS by its own ID of up to 1,000 characters", async () => {
    const { call, asked } = called(() => Promise.resolve({ authorized: true }));
    const resourceId = "7".repeat(1_000);
    expect(await hasPermissionOn("doc:edit", () => ({ resourceId }))(call)).toBe(true);
    expect(asked).toEqual([
      { resourceId, organizationMembershipId: "om_01ADA", permissionSlug: "doc:edit" },
    ]);
  });

  it.each([[{}], [{ authorized: "true" }], [{ authorized: null }], [{ error: "not found" }]])(
    "cannot be told from the answer %j",
    async (answer) => {
      await expect(mayEdit(called(() => Promise.resolve(answer)).call)).rejects.toMatchObject({
        code: "access_unavailable",
        cause: {
          message: "the permission doc:edit could not be asked of the WorkOS API (no such answer)",
        },
      });
    },
  );

  it.each([404, 422])("is denied on what WorkOS does not know (%i)", async (status) => {
    expect(await mayEdit(called(failing(status)).call)).toBe(false);
  });

  it.each([
    [401, "(401)"],
    [403, "(403)"],
    [429, "(429)"],
    [500, "(500)"],
    [undefined, "(no answer)"],
  ])("cannot be told while WorkOS answers with %s", async (status, how) => {
    await expect(mayEdit(called(failing(status)).call)).rejects.toMatchObject({
      code: "access_unavailable",
      cause: {
        code: "access_unavailable",
        message: `the permission doc:edit could not be asked of the WorkOS API ${how}`,
        cause: { message: "the SDK's words" },
      },
    });
  });

  it("that is asked for wrongly is a mistake and no outage", async () => {
    await expect(mayEdit(called(failing(400)).call)).rejects.toMatchObject({
      reason: "check_failed",
      cause: { message: "the SDK's words" },
    });
  });

  it("cannot be told when WorkOS gives no answer for five seconds", async () => {
    vi.useFakeTimers();
    const { call } = called(() => new Promise(() => undefined));
    const codes: unknown[] = [];
    void Promise.resolve(mayEdit(call)).catch((error: unknown) =>
      codes.push((error as { readonly code?: unknown }).code),
    );
    await vi.advanceTimersByTimeAsync(0);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(codes).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    // The answer of on() comes in a turn of its own.
    await vi.advanceTimersByTimeAsync(1);
    expect(codes).toEqual(["access_unavailable"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
