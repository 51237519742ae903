import { beforeAll, describe, expect, it } from "vitest";
import { hasPermissionOn, type Rule } from "../../src/index.js";
import {
  ACME,
  ADA,
  call,
  GLOBEX,
  request,
  startToolServer,
  workosFake,
  type ToolServer,
} from "./tool-server.js";

/** The caller: claims laid over a person of Acme, or an API key. */
const CALLERS = {
  member: { org_id: ACME },
  admin: { org_id: ACME, sub: "user_01ADMIN", sid: "s" },
  "member elsewhere": { org_id: GLOBEX },
  "no organization": { org_id: undefined },
  "inactive member": { org_id: ACME, sub: "user_01GONE", sid: "s" },
  "roles in the token": { org_id: GLOBEX, role: "admin", permissions: ["reports:write"] },
  "flag in the token": { org_id: GLOBEX, feature_flags: ["beta"] },
  "scope in the token": { org_id: GLOBEX, scope: "openid mail:send" },
  application: {
    sub: "client_01M2M",
    client_id: "client_01M2M",
    aud: "client_01TESTENVIRONMENT",
    sid: undefined,
    org_id: ACME,
  },
} as const;
type CallerName = keyof typeof CALLERS;
const EVERYBODY = Object.keys(CALLERS) as CallerName[];

/** Rules, and which of the callers meet them. A caller who lacks a scope only is challenged and keeps the item in the list. */
const RULES: readonly (readonly [string, Rule, readonly CallerName[]])[] = [
  ["authenticated", "authenticated", EVERYBODY],
  ["a permission", { permissions: ["reports:read"] }, ["member", "admin"]],
  ["another permission", { permissions: ["reports:write"] }, ["admin", "roles in the token"]],
  ["two permissions", { permissions: ["reports:read", "reports:write"] }, ["admin"]],
  ["a role", { role: "admin" }, ["admin", "roles in the token"]],
  ["two roles at once", { role: "admin", anyOf: [{ role: "owner" }] }, []],
  ["any of two roles", { role: ["owner", "admin"] }, ["admin", "roles in the token"]],
  [
    "any of two alternatives",
    { anyOf: [{ role: "owner" }, { role: "admin" }] },
    ["admin", "roles in the token"],
  ],
  ["no caller", "denied", []],
  [
    "one organization",
    { organization: ACME },
    ["member", "admin", "inactive member", "application"],
  ],
  [
    "one of several organizations",
    { organization: [GLOBEX, "org_01OTHER"] },
    ["member elsewhere", "roles in the token", "flag in the token", "scope in the token"],
  ],
  [
    "some organization",
    { organization: "required" },
    EVERYBODY.filter((one) => one !== "no organization"),
  ],
  ["a flag", { featureFlags: ["beta"] }, ["admin", "flag in the token"]],
  ["a kind of caller", { caller: "application" }, ["application"]],
  ["people", { caller: "user" }, EVERYBODY.filter((one) => one !== "application")],
  [
    "everything in one object",
    {
      role: "admin",
      permissions: ["reports:write"],
      organization: ACME,
      featureFlags: ["beta"],
    },
    ["admin"],
  ],
];

const SCOPED = ["scope in the token"] as const;

const TARGETS = [
  ["tools/call", { name: "secret", arguments: {} }],
  ["prompts/get", { name: "secret" }],
  ["resources/read", { uri: "docs://secret" }],
  ["resources/subscribe", { uri: "docs://secret" }],
  [
    "completion/complete",
    { ref: { type: "ref/prompt", name: "secret" }, argument: { name: "a", value: "" } },
  ],
  [
    "completion/complete",
    { ref: { type: "ref/resource", uri: "docs://secret" }, argument: { name: "a", value: "" } },
  ],
  [
    "subscriptions/listen",
    { notifications: { resourceSubscriptions: ["docs://open", "docs://secret"] } },
  ],
  ["resources/read", { uri: "ui://app/secret.html" }],
] as const;

async function serverFor(rule: Rule): Promise<ToolServer> {
  const workos = workosFake();
  workos.memberships = {
    [`${ADA} ${ACME}`]: { roles: ["member"] },
    [`user_01ADMIN ${ACME}`]: { roles: ["member", "admin"] },
    [`user_01GONE ${ACME}`]: { roles: ["admin"], status: "inactive" },
  };
  workos.flags = { beta: ["user_01ADMIN"] };
  return startToolServer(
    {
      callers: ["user", "application"],
      access: {
        tools: { secret: rule, "*": "authenticated" },
        prompts: { secret: rule, audit: rule, "*": "authenticated" },
        resources: { "docs://secret": rule, "vault://*": rule, "*": "authenticated" },
      },
    },
    { workos },
  );
}

const names = (reply: { readonly json: unknown }, member: string, key: string): string[] =>
  (reply.json as { result: Record<string, Record<string, string>[]> }).result[member]?.map(
    (item) => item[key] ?? "",
  ) ?? [];

describe.each(RULES)("T-06: the rule %s", (_name, rule, allowed) => {
  it.each(EVERYBODY)("lists and calls go together for %s", async (who) => {
    const server = await serverFor(rule);
    const token = server.token(CALLERS[who]);
    const isAllowed = allowed.includes(who);

    expect(names(await server.send(token, request("tools/list")), "tools", "name")).toEqual(
      isAllowed
        ? ["open", "report_read", "report_write", "secret"]
        : ["open", "report_read", "report_write"],
    );
    expect(names(await server.send(token, request("prompts/list")), "prompts", "name")).toEqual(
      isAllowed ? ["greet", "audit"] : ["greet"],
    );
    expect(names(await server.send(token, request("resources/list")), "resources", "uri")).toEqual(
      isAllowed
        ? ["docs://open", "docs://secret", "ui://app/secret.html", "ui://app/open.html"]
        : ["docs://open", "ui://app/open.html"],
    );
    expect(
      names(
        await server.send(token, request("resources/templates/list")),
        "resourceTemplates",
        "uriTemplate",
      ),
    ).toEqual(isAllowed ? ["docs://{id}", "vault://{id}"] : ["docs://{id}"]);

    server.ran.length = 0;
    for (const [method, params] of TARGETS) await server.send(token, request(method, params));
    expect(server.ran).toHaveLength(isAllowed ? TARGETS.length : 0);
  });
});

/** Rules with a check, and whom it allows. Lists ask none, so that they show the item to every caller. */
const CHECKED: readonly (readonly [string, Rule, readonly CallerName[]])[] = [
  [
    "a function of who and what",
    { check: ({ caller, name }) => caller.id === "user_01ADMIN" && name.includes("secret") },
    ["admin"],
  ],
  [
    "a permission on the resource of that name",
    {
      check: hasPermissionOn("secrets:use", ({ name }) => ({
        resourceTypeSlug: "secret",
        resourceExternalId: name,
      })),
    },
    ["member", "admin"],
  ],
  [
    "a function, or a role",
    { anyOf: [{ check: () => false }, { role: "admin" }] },
    ["admin", "roles in the token"],
  ],
];

describe.each(CHECKED)("T-06: a rule that asks %s", (_name, rule, allowed) => {
  it.each(EVERYBODY)("decides whatever %s does with it", async (who) => {
    const server = await serverFor(rule);
    const token = server.token(CALLERS[who]);
    const listed = names(await server.send(token, request("tools/list")), "tools", "name");
    expect(listed.includes("secret")).toBe(true);
    server.ran.length = 0;
    for (const [method, params] of TARGETS) await server.send(token, request(method, params));
    await server.send(
      token,
      request("completion/complete", { ref: { type: "ref/resource", uri: "vault://{secret}" } }),
    );
    expect(server.ran).toHaveLength(allowed.includes(who) ? TARGETS.length + 1 : 0);
  });
});

describe("T-06: a rule that asks for a scope", () => {
  it.each(EVERYBODY)(
    "shows the tool to %s, since calling it is how the scope is got",
    async (who) => {
      const server = await serverFor({ scopes: ["mail:send"] });
      const token = server.token(CALLERS[who]);
      const listed = names(await server.send(token, request("tools/list")), "tools", "name");
      expect(listed).toContain("secret");
      const reply = await server.send(token, call("secret"));
      expect(reply.status).toBe(SCOPED.includes(who as never) ? 200 : 403);
      expect(server.ran).toHaveLength(SCOPED.includes(who as never) ? 1 : 0);
    },
  );
});

describe("T-06: what the map does not name", () => {
  let server: ToolServer;
  beforeAll(() => undefined);

  it("is denied to everybody and in no list, and the rest of MCP goes on", async () => {
    server = await startToolServer({ access: { tools: { open: "authenticated" } } });
    const token = server.token();
    expect(names(await server.send(token, request("tools/list")), "tools", "name")).toEqual([
      "open",
    ]);
    expect(names(await server.send(token, request("prompts/list")), "prompts", "name")).toEqual([]);
    expect(names(await server.send(token, request("resources/list")), "resources", "uri")).toEqual([
      "ui://app/open.html",
    ]);
    await server.send(token, call("secret"));
    await server.send(token, request("prompts/get", { name: "greet" }));
    await server.send(token, request("resources/read", { uri: "docs://open" }));
    await server.send(token, request("resources/read", { uri: "ui://app/secret.html" }));
    expect(server.ran).toEqual([]);
    for (const method of ["initialize", "ping", "server/discover", "tasks/get", "future/method"]) {
      expect((await server.send(token, request(method))).status).toBe(200);
      expect((await server.send(undefined, request(method))).status).toBe(401);
    }
    expect(server.ran).toHaveLength(5);
  });

  it("is allowed to everybody when there is no map", async () => {
    const free = await startToolServer({});
    await free.send(free.token(), call("secret"));
    expect(free.ran).toEqual(["tools/call secret"]);
  });
});
