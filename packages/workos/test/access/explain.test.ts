import { describe, expect, it } from "vitest";
import type { Denial } from "../../src/access/decide.js";
import { explain, denialReason } from "../../src/access/explain.js";

const ACME = "org_01ACME";
const TOOL = { kind: "tool", name: "send" } as const;

describe("the words of a denial", () => {
  const words: [Denial, string, string][] = [
    [
      { reason: "insufficient_scope", scopes: ["mail"] },
      "insufficient_scope",
      'You may use the tool send after granting the scope "mail" to this application: sign in again and grant it.',
    ],
    [
      { reason: "insufficient_scope", scopes: ["mail", "files"] },
      "insufficient_scope",
      'You may use the tool send after granting the scopes "mail", "files" to this application: sign in again and grant them.',
    ],
    [
      { reason: "organization_required", organizations: [] },
      "organization_required",
      "To use the tool send, sign in again and choose an organization.",
    ],
    [
      { reason: "organization_required", organizations: [ACME] },
      "organization_required",
      "To use the tool send, sign in again and choose the organization org_01ACME.",
    ],
    [
      { reason: "organization_not_chosen", organizations: [ACME, "org_01B"] },
      "organization_not_chosen",
      "To use the tool send, disconnect this server in your client, connect it anew and choose one of the organizations org_01ACME, org_01B: your client only renewed the old sign-in, or another one was chosen.",
    ],
    [
      {
        reason: "organization_elsewhere",
        urls: ["https://x.example/mcp/o/org_01A", "https://x.example/mcp/o/org_01B"],
      },
      "organization_elsewhere",
      "To use the tool send, connect to the organization that it is for, at https://x.example/mcp/o/org_01A or https://x.example/mcp/o/org_01B: this URL is for another one.",
    ],
    [
      { reason: "not_in_access_map" },
      "not_in_access_map",
      "You may not use the tool send: this server denies it to every caller. Its operator can change that.",
    ],
    [
      { reason: "check_denied" },
      "check_denied",
      "You may not use the tool send with these arguments: the server's own check said no. The operator of the server can say why.",
    ],
    [
      { reason: "check_failed" },
      "check_failed",
      "You may not use the tool send now: the server's own check failed. Try again, and tell the operator of the server if it lasts.",
    ],
    [
      { reason: "access_unavailable" },
      "access_unavailable",
      "Whether you may use the tool send cannot be found out at the moment. Try again in a few seconds.",
    ],
    [
      { reason: "access_missing", missing: { caller: ["user"] } },
      "caller_not_allowed",
      "You may not use the tool send: it is for people who signed in only.",
    ],
    [
      { reason: "access_missing", missing: { caller: ["application", "api-key"] } },
      "caller_not_allowed",
      "You may not use the tool send: it is for applications and API keys only.",
    ],
    [
      { reason: "access_missing", missing: { organization: "required" } },
      "organization_not_allowed",
      "You may not use the tool send: it needs an organization, and you belong to none. An administrator of an organization can invite you.",
    ],
    [
      { reason: "access_missing", missing: { organization: ["org_01B"] } },
      "organization_not_allowed",
      "You may not use the tool send: it is for the organization org_01B. An administrator there can add you; then sign in again and choose it.",
    ],
    [
      { reason: "access_missing", missing: { scopes: ["mail"] } },
      "scope_not_granted",
      'You may not use the tool send: it needs the scope "mail", which your newer token does not have either. Disconnect this server in your client and connect it anew, and grant everything it asks for.',
    ],
    [
      { reason: "access_missing", missing: { permissions: ["p"] } },
      "permission_missing",
      'You may not use the tool send: it needs the permission "p". An administrator of the organization org_01ACME can give it to you, in WorkOS. Signing in again does not.',
    ],
    [
      {
        reason: "access_missing",
        missing: { permissions: ["p"] },
        resource: { resourceTypeSlug: "folder", resourceExternalId: "quarter\n" },
      },
      "permission_missing",
      'You may not use the tool send: it needs the permission "p" on the folder "quarter?". An administrator of the organization org_01ACME can assign you a role on that resource, or on one above it, that has it, in WorkOS. Signing in again does not.',
    ],
    [
      { reason: "access_missing", missing: { role: ["a", "b"] } },
      "role_missing",
      'You may not use the tool send: it needs one of the roles "a", "b". An administrator of the organization org_01ACME can give it to you, in WorkOS. Signing in again does not.',
    ],
    [
      { reason: "access_missing", missing: { featureFlags: ["f"] } },
      "feature_flag_off",
      'You may not use the tool send: it needs the feature flag "f". The operator of this server can switch it on for you. Signing in again does not.',
    ],
    [
      {
        reason: "access_missing",
        missing: { permissions: ["p"], role: ["r"], featureFlags: ["f"] },
      },
      "permission_missing",
      'You may not use the tool send: it needs the permission "p" and the role "r" and the feature flag "f". An administrator of the organization org_01ACME can give it to you, in WorkOS. Signing in again does not.',
    ],
  ];
  it.each(words)("%j", (denial, reason, text) => {
    expect(explain(denial, TOOL, { caller: "user", organizationId: ACME })).toBe(text);
    expect(denialReason(denial)).toBe(reason);
  });

  it.each<[Denial, string]>([
    [
      { reason: "access_missing", missing: { organization: "required" } },
      "it is for an organization, and applications cannot choose one.",
    ],
    [
      { reason: "access_missing", missing: { permissions: ["p"] } },
      'it needs the permission "p". Ask the operator of this server how applications get access.',
    ],
  ])("does not tell a machine to ask an administrator: %j", (denial, words) => {
    expect(explain(denial, TOOL, { caller: "application", organizationId: undefined })).toBe(
      `You may not use the tool send: ${words}`,
    );
  });

  it("says that a flag may be on for an organization that is not chosen yet", () => {
    const denial: Denial = { reason: "access_missing", missing: { featureFlags: ["f"] } };
    expect(explain(denial, TOOL, { caller: "user", organizationId: undefined })).toBe(
      'You may not use the tool send: it needs the feature flag "f". The operator of this server can switch it on for you, or for an organization that you choose when you sign in again.',
    );
  });

  it("names what has no name by its kind, and an organization that was not chosen as the caller's own", () => {
    const denial: Denial = { reason: "access_missing", missing: { permissions: ["p"] } };
    expect(
      explain(denial, { kind: "prompt", name: "" }, { caller: "user", organizationId: undefined }),
    ).toBe(
      'You may not use this prompt: it needs the permission "p". An administrator of your organization can give it to you, in WorkOS. Signing in again does not.',
    );
  });
});
