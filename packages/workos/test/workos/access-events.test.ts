import { describe, expect, it } from "vitest";
import { changesOf, type WorkOSEvent } from "../../src/workos/access-events.js";

const at = "2026-01-01T00:00:00.000Z";
const TIME = 1_767_225_600_000;
const event = (name: string, data: object): WorkOSEvent =>
  ({ id: "event_01", event: name, createdAt: at, data }) as unknown as WorkOSEvent;
const member = { userId: "user_01ADA", organizationId: "org_01ACME" };

type Case = [string, object, { kind: string; [key: string]: unknown }[]];

describe("what an event means for access", () => {
  const cases: Case[] = [
    [
      "user.deleted",
      { id: "user_01ADA" },
      [{ kind: "revoked", subject: { userId: "user_01ADA" } }],
    ],
    [
      "organization.deleted",
      { id: "org_01ACME" },
      [{ kind: "revoked", subject: { organizationId: "org_01ACME" } }],
    ],
    [
      "organization_membership.created",
      { ...member, status: "active" },
      [{ kind: "membership-changed", ...member }],
    ],
    [
      "organization_membership.updated",
      { ...member, status: "active" },
      [{ kind: "membership-changed", ...member }],
    ],
    [
      "organization_membership.updated",
      { ...member, status: "inactive" },
      [
        { kind: "membership-changed", ...member },
        { kind: "revoked", subject: member },
      ],
    ],
    [
      "organization_membership.deleted",
      { ...member, status: "active" },
      [
        { kind: "membership-changed", ...member },
        { kind: "revoked", subject: member },
      ],
    ],
    [
      "session.revoked",
      { id: "session_01", ...member },
      [
        { kind: "revoked", subject: { sessionId: "session_01" } },
        { kind: "revoked", subject: member },
      ],
    ],
    ...[undefined, null].map((organizationId): Case => [
      "session.revoked",
      { id: "session_01", userId: "user_01ADA", organizationId },
      [
        { kind: "revoked", subject: { sessionId: "session_01" } },
        { kind: "revoked", subject: { userId: "user_01ADA" } },
      ],
    ]),
    ["api_key.revoked", { id: "api_key_01" }, [{ kind: "api-key-revoked", id: "api_key_01" }]],
    ...["organization_role.updated", "organization_role.deleted"].map((name): Case => [
      name,
      { organizationId: "org_01ACME" },
      [{ kind: "roles-changed", organizationId: "org_01ACME" }],
    ]),
    ...["role.updated", "role.deleted", "permission.deleted"].map((name): Case => [
      name,
      { slug: "admin" },
      [{ kind: "roles-changed" }],
    ]),
    ["user.created", { id: "user_01ADA" }, []],
  ];
  it.each(cases)("%s %j", (name, data, changes) => {
    expect(changesOf(event(name, data))).toEqual(
      changes.map((change) => (change.kind === "revoked" ? { ...change, at: TIME } : change)),
    );
  });
});
