import { describe, expect, it } from "vitest";
import { ACCESS_EVENTS, readChanges, readEvent } from "../../src/workos/access-events.js";

const at = "2026-01-01T00:00:00.000Z";
const TIME = 1_767_225_600_000;
const member = { userId: "user_01ADA", organizationId: "org_01ACME" };
/** The same, as WorkOS writes it. */
const written = { user_id: "user_01ADA", organization_id: "org_01ACME" };

type Case = [string, object, { kind: string; [key: string]: unknown }[]];

describe("what an event means for access", () => {
  it("asks for these types and for no other", () => {
    expect(ACCESS_EVENTS).toEqual([
      "user.deleted",
      "organization.deleted",
      "organization_membership.created",
      "organization_membership.updated",
      "organization_membership.deleted",
      "session.revoked",
      "api_key.revoked",
      "role.created",
      "role.updated",
      "role.deleted",
      "organization_role.created",
      "organization_role.updated",
      "organization_role.deleted",
      "permission.deleted",
    ]);
  });

  const cases: Case[] = [
    [
      "user.deleted",
      { id: "user_01ADA" },
      [
        { kind: "revoked", subject: { userId: "user_01ADA" } },
        { kind: "key-owner-removed", owner: { userId: "user_01ADA" } },
      ],
    ],
    [
      "organization.deleted",
      { id: "org_01ACME" },
      [
        { kind: "revoked", subject: { organizationId: "org_01ACME" } },
        { kind: "key-owner-removed", owner: { organizationId: "org_01ACME" } },
      ],
    ],
    [
      "organization_membership.created",
      { ...written, status: "active" },
      [{ kind: "membership-changed", ...member }],
    ],
    [
      "organization_membership.updated",
      { ...written, status: "active" },
      [{ kind: "membership-changed", ...member }],
    ],
    [
      "organization_membership.updated",
      { ...written, status: "inactive" },
      [
        { kind: "membership-changed", ...member },
        { kind: "revoked", subject: member },
        { kind: "key-owner-removed", owner: member },
      ],
    ],
    [
      "organization_membership.deleted",
      { ...written, status: "active" },
      [
        { kind: "membership-changed", ...member },
        { kind: "revoked", subject: member },
        { kind: "key-owner-removed", owner: member },
      ],
    ],
    [
      "session.revoked",
      { id: "session_01", ...written },
      [
        { kind: "revoked", subject: { sessionId: "session_01" } },
        { kind: "revoked", subject: member },
      ],
    ],
    ...[undefined, null].map((organizationId): Case => [
      "session.revoked",
      { id: "session_01", user_id: "user_01ADA", organization_id: organizationId },
      [
        { kind: "revoked", subject: { sessionId: "session_01" } },
        { kind: "revoked", subject: { userId: "user_01ADA" } },
      ],
    ]),
    ["api_key.revoked", { id: "api_key_01" }, [{ kind: "api-key-revoked", id: "api_key_01" }]],
    ...["created", "updated", "deleted"].map((what): Case => [
      `organization_role.${what}`,
      { organization_id: "org_01ACME" },
      [{ kind: "roles-changed", organizationId: "org_01ACME" }],
    ]),
    ...["role.created", "role.updated", "role.deleted", "permission.deleted"].map((name): Case => [
      name,
      { slug: "admin" },
      [{ kind: "roles-changed" }],
    ]),
    ["user.created", { id: "user_01ADA" }, []],
  ];
  it.each(cases)("%s %j", (name, data, changes) => {
    const event = readEvent({ id: "event_01", event: name, created_at: at, data });
    expect(event && readChanges(event)).toEqual(
      changes.map((change) => (change.kind === "revoked" ? { ...change, at: TIME } : change)),
    );
  });

  it.each([
    ["user.deleted", {}],
    ["user.deleted", { id: "" }],
    ["organization.deleted", { id: 7 }],
    ["organization_membership.deleted", { user_id: "user_01ADA" }],
    ["organization_membership.deleted", { organization_id: "org_01ACME" }],
    ["session.revoked", { id: "session_01" }],
    ["session.revoked", { user_id: "user_01ADA" }],
    ["api_key.revoked", undefined],
  ])("%s %j says nothing where it should", (name, data) => {
    const event = readEvent({ id: "event_01", event: name, created_at: at, data });
    expect(event).toBeDefined();
    expect(event && readChanges(event)).toBeUndefined();
  });

  it("a role of no organization that is named concerns all of them", () => {
    const event = readEvent({ id: "e", event: "organization_role.updated", created_at: at });
    expect(event && readChanges(event)).toEqual([{ kind: "roles-changed" }]);
  });

  it.each([
    [undefined],
    [null],
    ["text"],
    [{ event: "user.deleted", created_at: at }],
    [{ id: "event_01", created_at: at }],
    [{ id: "event_01", event: "user.deleted" }],
    [{ id: "event_01", event: "user.deleted", created_at: "yesterday" }],
    [{ id: 1, event: 2, created_at: 3 }],
  ])("%j is no event", (given) => {
    expect(readEvent(given)).toBeUndefined();
  });
});
