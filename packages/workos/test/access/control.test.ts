import { describe, expect, it } from "vitest";
import { createStepUpMemory } from "../../src/access/step-up.js";
import { createAccessControl, type Judgement } from "../../src/access/access-control.js";
import { compileAccessMap, type AccessMap } from "../../src/access/access-map.js";
import { call, request } from "./tool-server.js";
import type { Problem } from "../../src/errors.js";

const person = (authkit: object = {}): never =>
  ({
    kind: "access-token",
    claims: { iat: 1, exp: 2 },
    principal: { kind: "user", id: "user_01ADA", sessionId: "s" },
    authkit: {
      organizationId: "org_01ACME",
      clientId: "client_01",
      scopes: ["openid"],
      roles: ["member"],
      permissions: ["reports:read"],
      ...authkit,
    },
  }) as never;

/** What judges by the map, and what it asked of WorkOS. */
function controlOf(map: AccessMap) {
  const problems: Problem[] = [];
  const policy = compileAccessMap(map, new Set(["user", "application", "api-key"]), problems);
  expect(problems).toEqual([]);
  const asked: string[] = [];
  const reported: string[] = [];
  const control = createAccessControl({
    policy,
    callers: new Set(["user", "application", "api-key"]),
    sources: {
      memberships: {
        find: (userId: string, organizationId: string) => {
          asked.push(`${userId} ${organizationId}`);
          return { kind: "known", value: { id: "om_01", roles: ["admin"], permissions: ["p"] } };
        },
        organizationsOf: () => ({
          kind: "known",
          value: { ids: new Set(["org_01ACME", "org_01OTHER"]), isComplete: true },
        }),
      },
      featureFlags: {
        isEnabled: (slug: string) => {
          asked.push(`flag ${slug}`);
          return slug === "beta";
        },
      },
    } as never,
    workos: () => ({ mark: "workos" }) as never,
    mayHelp: createStepUpMemory(
      () => 0,
      () => false,
      10,
    ).shouldChallenge,
    reportCheck: (rule, error) => reported.push(`${rule}: ${(error as Error).message}`),
  });
  return { control, asked, reported };
}

const shows = (judgement: Judgement | Promise<Judgement>) => {
  if (judgement instanceof Promise || judgement.kind !== "admitted") throw new Error("not at once");
  return judgement.shows;
};

describe("access control", () => {
  it("admits at once what claims allow, and says what was used by which rules", () => {
    const { control, asked } = controlOf({ tools: { send: { permissions: ["reports:read"] } } });
    const judgement = control(person(), call("send"));
    expect(judgement).toMatchObject({
      kind: "admitted",
      messages: [{ method: "tools/call" }],
      uses: [{ target: { name: "send" }, rules: [{ path: 'access.tools["send"]' }] }],
    });
    expect(judgement).not.toHaveProperty("shows");
    expect(judgement).toMatchObject({ kind: "admitted" });
    expect(asked).toEqual([]);
  });

  it("asks about the membership when a rule needs what the token leaves out, and else never", async () => {
    const { control, asked } = controlOf({
      tools: {
        send: { permissions: ["reports:read"] },
        burn: { role: "admin" },
        far: { role: "admin", organization: "org_01OTHER" },
      },
    });
    // The claim that the rule needs is there, and the other one is not needed.
    const claimed = control(person({ roles: undefined }), call("send"));
    expect(claimed).toMatchObject({ kind: "admitted" });
    expect(
      control(person({ permissions: undefined, roles: ["admin"] }), call("burn")),
    ).toMatchObject({
      kind: "admitted",
    });
    // Nor is a question needed for a caller in the wrong organization.
    expect(await control(person({ roles: undefined }), call("far"))).toMatchObject({
      refused: { denial: { reason: "organization_required" } },
    });
    expect(asked).toEqual([]);
    expect(control(person({ roles: undefined }), call("burn"))).toMatchObject({
      kind: "admitted",
    });
    expect(asked).toEqual(["user_01ADA org_01ACME"]);
  });

  it("asks nothing about a membership that no rule needs", () => {
    const { control, asked } = controlOf({ tools: { send: "authenticated" } });
    const judgement = control(person({ roles: undefined, permissions: undefined }), call("send"));
    expect(judgement).toMatchObject({ kind: "admitted" });
    expect(asked).toEqual([]);
    expect(control(person(), request("ping"))).toEqual({
      kind: "admitted",
      messages: [{ id: 1, method: "ping", targets: [], lists: undefined }],
      uses: [],
    });
  });

  it("asks WorkOS for a list as much as its rules need, and for no other list's", () => {
    const { control, asked } = controlOf({
      tools: { send: { featureFlags: ["beta"] } },
      prompts: { greet: { role: "admin" }, plain: "authenticated" },
      resources: { "docs://1": "authenticated" },
    });
    const bare = person({ roles: undefined, permissions: undefined });
    expect(shows(control(bare, request("prompts/list")))?.prompt("greet")).toBe(true);
    expect(asked).toEqual(["user_01ADA org_01ACME"]);
    asked.length = 0;
    // Resources have the tools' UI among them.
    const list = shows(control(bare, request("resources/list")));
    expect(asked).toEqual(["flag "]);
    expect(list?.resource("ui://app/send.html")).toBe(true);
    expect(list?.resource("ui://app/other.html")).toBe(false);
    asked.length = 0;
    shows(control(bare, request("tools/list")));
    expect(asked).toEqual(["flag "]);
  });

  it("shows everything when lists are full", () => {
    const { control } = controlOf({ lists: "all", tools: { send: { role: "owner" } } });
    expect(control(person(), request("tools/list"))).not.toHaveProperty("shows");
  });

  it("shows a resource when every spelling of it may be read, and a template when one URI of it may", () => {
    const { control } = controlOf({
      resources: {
        "https://files.example/closed": { role: "owner" },
        "docs://open": "authenticated",
        "docs://{id}": { role: "owner" },
        "vault://{id}": { role: "owner" },
        "*": "authenticated",
      },
    });
    const list = shows(control(person(), request("resources/templates/list")));
    expect(list?.template("docs://{id}")).toBe(true);
    expect(list?.template("vault://{id}")).toBe(false);
    expect(list?.resource("docs://open")).toBe(true);
    expect(list?.resource("docs://closed")).toBe(false);
    expect(list?.resource("HTTPS://files.example/open")).toBe(true);
    expect(list?.resource("HTTPS://files.example/closed")).toBe(false);
  });

  it("completes a template by the rule that covers all of it, though a list shows it for one URI", async () => {
    const { control } = controlOf({
      resources: {
        "docs://open": "authenticated",
        "docs://{id}": { role: "owner" },
        "vault://{id}": { scopes: ["mail"] },
        "vault://open/{id}": "authenticated",
      },
    });
    const complete = (uri: string): object =>
      request("completion/complete", { ref: { type: "ref/resource", uri }, argument: {} });
    const list = shows(control(person(), request("resources/templates/list")));
    expect(list?.template("docs://{id}")).toBe(true);
    expect(await control(person(), complete("docs://{id}"))).toMatchObject({
      kind: "refused",
      refused: {
        denial: { reason: "access_missing", missing: { role: ["owner"] } },
        rule: 'access.resources["docs://{id}"]',
        target: { name: "docs://{id}" },
      },
    });
    expect(await control(person({ roles: ["owner"] }), complete("docs://{id}"))).toMatchObject({
      kind: "admitted",
    });
    expect(await control(person(), complete("docs://open"))).toMatchObject({ kind: "admitted" });
    expect(await control(person(), complete("vault://open/{id}"))).toMatchObject({
      kind: "admitted",
    });
    expect(await control(person(), complete("vault://{owner}/{id}"))).toMatchObject({
      refused: { denial: { reason: "insufficient_scope", scopes: ["mail"] } },
    });
    // Each rule covers a part of it, and none all.
    expect(await control(person(), complete("{scheme}://open"))).toMatchObject({
      refused: { denial: { reason: "not_in_access_map" }, rule: undefined },
    });
    expect(await control(person(), complete("other://{id}"))).toMatchObject({
      refused: {
        denial: { reason: "not_in_access_map" },
        rule: undefined,
        message: { method: "completion/complete" },
        target: { name: "other://{id}" },
      },
    });
  });

  it("asks the check of a template's rule too, with the template's text", async () => {
    const names: string[] = [];
    const { control } = controlOf({
      resources: {
        "docs://{id}": {
          check: ({ kind, name, arguments: args }) => {
            names.push(`${kind} ${name} ${JSON.stringify(args)}`);
            return name === "docs://{id}";
          },
        },
      },
    });
    const complete = (uri: string): object =>
      request("completion/complete", { ref: { type: "ref/resource", uri }, argument: { a: 1 } });
    expect(await control(person(), complete("docs://{id}"))).toMatchObject({ kind: "admitted" });
    expect(await control(person(), complete("docs://{owner}/{id}"))).toMatchObject({
      refused: { denial: { reason: "check_denied" } },
    });
    expect(names).toEqual(["resource docs://{id} {}", "resource docs://{owner}/{id} {}"]);
  });

  it("denies a template that is longer than any, and shows none in a list", async () => {
    const { control } = controlOf({ resources: { "*": "authenticated" } });
    const long = (length: number): string => `docs://${"*a".repeat(length)}`.slice(0, length);
    const complete = (length: number): object =>
      request("completion/complete", { ref: { type: "ref/resource", uri: long(length) } });
    expect(await control(person(), complete(2_000))).toMatchObject({ kind: "admitted" });
    expect(await control(person(), complete(2_001))).toMatchObject({
      refused: { denial: { reason: "not_in_access_map" } },
    });
    const list = shows(control(person(), request("resources/templates/list")));
    expect([list?.template(long(2_000)), list?.template(long(2_001))]).toEqual([true, false]);
  });

  it("asks a check about every name that a server could read, and each must be allowed", async () => {
    const names: string[] = [];
    const { control } = controlOf({
      tools: { panel: { check: ({ kind, name }) => names.push(`${kind} ${name}`) > 0 } },
      resources: {
        "files://*": {
          check: ({ caller, name }) => {
            names.push(name);
            return name.startsWith(`files://t/${caller.organizationId}/`);
          },
        },
      },
    });
    const read = async (uri: string): Promise<unknown> => {
      names.length = 0;
      const judgement = await control(person(), request("resources/read", { uri }));
      return judgement.kind === "refused" ? judgement.refused.denial.reason : judgement.kind;
    };
    expect(await read("files://t/org_01ACME/1")).toBe("admitted");
    expect(names).toEqual(["files://t/org_01ACME/1"]);
    expect(await read("files://t/org_01ACME/../org_01OTHER/1")).toBe("check_denied");
    expect(names).toEqual(["files://t/org_01ACME/../org_01OTHER/1", "files://t/org_01OTHER/1"]);
    expect(await read("files://t/org_01ACME/%2e%2e/org_01OTHER/1")).toBe("check_denied");
    // Nor the other way round, for a server that would take it as it is.
    expect(await read("files://t/org_01OTHER/../org_01ACME/1")).toBe("check_denied");
    expect(await read("files://t/org_01ACME/1#part")).toBe("admitted");
    expect(names).toEqual(["files://t/org_01ACME/1#part", "files://t/org_01ACME/1"]);
    expect(await read("UI://app/./panel.html#x")).toBe("admitted");
    expect(names).toEqual([
      "resource UI://app/./panel.html#x",
      "resource ui://app/panel.html#x",
      "resource ui://app/panel.html",
    ]);
  });

  it("holds each name against its own rule", async () => {
    const { control } = controlOf({
      resources: {
        "docs://x/team/*": { check: ({ name }) => name.startsWith("docs://x/team/") },
        "docs://x/*": { check: ({ name }) => !name.includes("secret") },
      },
    });
    const read = async (uri: string): Promise<unknown> => {
      const judgement = await control(person(), request("resources/read", { uri }));
      return judgement.kind === "refused" ? judgement.refused.rule : judgement.kind;
    };
    expect(await read("docs://x/team/../other")).toBe("admitted");
    expect(await read("docs://x/team/../secret")).toBe('access.resources["docs://x/*"]');
    expect(await read("docs://x/secret/../team/1")).toBe('access.resources["docs://x/*"]');
  });

  it("reads the name that a dispatcher reads, inherited ones too", async () => {
    const { control } = controlOf({
      tools: { open: "authenticated", secret: { role: "owner" } },
    });
    const inheriting = (name: string, own: object = {}): unknown => ({
      ...request("tools/call"),
      params: Object.assign(Object.create({ name }) as object, own),
    });
    expect(await control(person(), inheriting("secret"))).toMatchObject({
      refused: { target: { name: "secret" }, denial: { reason: "access_missing" } },
    });
    expect(await control(person(), inheriting("open"))).toMatchObject({ kind: "admitted" });
    expect(await control(person(), inheriting("secret", { name: "open" }))).toMatchObject({
      kind: "admitted",
    });
    // What JSON calls __proto__ is a member like any other, and inherits nothing.
    const parsed: unknown = JSON.parse(
      '{"method":"tools/call","params":{"__proto__":{"name":"open"}}}',
    );
    expect(await control(person(), parsed)).toEqual({ kind: "unnamed" });
  });

  it("judges a batch as one: the worst denial stands, and scopes are asked for together", async () => {
    const { control } = controlOf({
      tools: { a: { scopes: ["s1"] }, b: { scopes: ["s3", "s2"] }, c: { role: "owner" } },
    });
    expect(await control(person(), [call("a"), call("b", {}, 2)])).toMatchObject({
      kind: "refused",
      isBatch: true,
      granted: ["openid"],
      refused: { denial: { reason: "insufficient_scope", scopes: ["s1", "s2", "s3"] } },
    });
    expect(await control(person(), [call("a"), call("c", {}, 2)])).toMatchObject({
      refused: { denial: { reason: "access_missing", missing: { role: ["owner"] } } },
    });
    expect(await control(person(), call("unnamed"))).toMatchObject({
      isBatch: false,
      refused: { denial: { reason: "not_in_access_map" } },
    });
  });

  it("asks a check about every kind of caller, with a copy of the arguments, and denies when it throws", async () => {
    const seen: unknown[] = [];
    const { control, reported } = controlOf({
      tools: {
        send: {
          check: async ({ arguments: args, caller, name, kind, workos, access }) => {
            seen.push([caller.id, kind, name, args, workos, (await access()).membershipId]);
            (args as Record<string, unknown>)["to"] = "changed";
            return true;
          },
        },
        broken: {
          check: () => {
            throw new Error("out of order");
          },
        },
        truthy: { check: () => "yes" as never },
      },
    });
    const body = call("send", { to: "ada" }) as { params: { arguments: object } };
    expect(await control(person(), body)).toMatchObject({ kind: "admitted" });
    expect(seen).toEqual([
      ["user_01ADA", "tool", "send", { to: "changed" }, { mark: "workos" }, "om_01"],
    ]);
    expect(body.params.arguments).toEqual({ to: "ada" });
    expect(await control(person(), call("broken"))).toMatchObject({
      refused: { denial: { reason: "check_failed" } },
    });
    expect(await control(person(), call("truthy"))).toMatchObject({
      refused: { denial: { reason: "check_failed" } },
    });
    expect(reported).toEqual([
      'access.tools["broken"]: out of order',
      'access.tools["truthy"]: it returned string, and must return true or false',
    ]);
    const machine = {
      kind: "access-token",
      claims: {},
      principal: { kind: "application", id: "client_01" },
      authkit: { organizationId: "org_01ACME", scopes: [] },
    } as never;
    seen.length = 0;
    expect(await control(machine, call("send", { to: "changed" }))).toMatchObject({
      kind: "admitted",
    });
    expect(seen).toEqual([
      ["client_01", "tool", "send", { to: "changed" }, { mark: "workos" }, undefined],
    ]);
  });

  it("cannot judge a body that was not parsed", () => {
    const { control } = controlOf({});
    expect(control(person(), "text")).toEqual({ kind: "unreadable" });
    expect(control(person(), undefined)).toEqual({ kind: "unreadable" });
  });
});
