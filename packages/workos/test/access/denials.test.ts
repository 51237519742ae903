import { describe, expect, it } from "vitest";
import type { AccessMap } from "../../src/index.js";
import { parseChallenge } from "../standards/challenge-parser.js";
import {
  ACME,
  ADA,
  call,
  GLOBEX,
  LATER,
  request,
  startToolServer,
  workosFake,
} from "./tool-server.js";

const METADATA = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp";

describe("denials, byte by byte", () => {
  it("RS-60 RS-61 RS-62 RS-63: a missing scope is one HTTP 403 challenge with everything needed and granted", async () => {
    const server = await startToolServer({
      access: {
        tools: { send: { scopes: ["mail:send", "calendar"] }, other: { scopes: ["files"] } },
      },
    });
    const token = server.token({ scope: "profile openid" });
    const reply = await server.send(token, [call("send", {}, 1), call("other", {}, 2)]);
    expect(reply.status).toBe(403);
    expect(reply.headers.get("www-authenticate")).toBe(
      `Bearer error="insufficient_scope", scope="calendar files mail:send openid profile", resource_metadata="${METADATA}", error_description="The call needs more scopes than the access token has"`,
    );
    expect(reply.headers.get("cache-control")).toBe("no-store");
    expect(reply.text).toBe(
      '{"error":"insufficient_scope","error_description":"You may use the tool send after granting the scopes \\"calendar\\", \\"files\\", \\"mail:send\\" to this application: sign in again and grant them.","reason":"insufficient_scope"}',
    );
    expect(server.ran).toEqual([]);
    const denied = (name: string): string =>
      `warn [workos] Denied tools/call of tool ${name} to user ${ADA} in ${ACME} with 403 insufficient_scope, by access.tools["${name}"]: You may use the tool ${name} after granting`;
    expect(server.lines.slice(-2)).toEqual([
      `${denied("send")} the scopes "calendar", "files", "mail:send" to this application: sign in again and grant them.`,
      `${denied("other")} the scope "files" to this application: sign in again and grant it.`,
    ]);
  });

  it("RS-64: the same denial has the same bytes, in whatever order the token names its scopes", async () => {
    const server = await startToolServer({ access: { tools: { send: { scopes: ["b", "a"] } } } });
    const headers = [];
    for (const scope of ["z y", "y z", "z y z"]) {
      const reply = await server.send(server.token({ scope }), call("send"));
      headers.push(reply.headers.get("www-authenticate"));
    }
    expect(new Set(headers).size).toBe(1);
    expect(parseChallenge(headers[0] ?? "")).toMatchObject({
      parameters: [
        ["error", "insufficient_scope"],
        ["scope", "a b y z"],
        ["resource_metadata", METADATA],
        ["error_description", "The call needs more scopes than the access token has"],
      ],
    });
  });

  it("a missing scope inside the result, for clients that never see HTTP fields", async () => {
    const server = await startToolServer({
      access: { tools: { send: { scopes: ["mail:send"] } }, stepUp: "tool-result" },
    });
    const reply = await server.send(server.token({ scope: "" }), call("send", {}, "seven"));
    expect(reply.status).toBe(200);
    expect(reply.json).toEqual({
      jsonrpc: "2.0",
      id: "seven",
      result: {
        content: [
          {
            type: "text",
            text: 'You may use the tool send after granting the scope "mail:send" to this application: sign in again and grant it.',
          },
        ],
        isError: true,
        resultType: "complete",
        _meta: {
          "xmcp.dev/access-denied": {
            reason: "insufficient_scope",
            missing: { scopes: ["mail:send"] },
          },
          "mcp/www_authenticate": [
            `Bearer error="insufficient_scope", scope="mail:send", resource_metadata="${METADATA}", error_description="The call needs more scopes than the access token has"`,
          ],
        },
      },
    });
  });

  it.each<[string, object, AccessMap]>([
    ["resources/read", { uri: "docs://1" }, { resources: { "docs://*": { scopes: ["docs"] } } }],
    ["prompts/get", { name: "p" }, { prompts: { p: { scopes: ["docs"] } } }],
  ])(
    "a missing scope of %s is always a challenge, since it has no result to say it in",
    async (method, params, access) => {
      const server = await startToolServer({ access: { ...access, stepUp: "tool-result" } });
      const reply = await server.send(server.token({ scope: "" }), request(method, params));
      expect(reply.status).toBe(403);
      expect(reply.headers.get("www-authenticate")).toContain('scope="docs"');
    },
  );

  it("a missing permission is a tool's result that says who can grant it", async () => {
    const server = await startToolServer({
      access: { tools: { "*": { permissions: ["reports:write"], role: "admin" } } },
    });
    const reply = await server.send(server.token(), call("open"));
    expect(reply.status).toBe(200);
    expect(reply.json).toEqual({
      jsonrpc: "2.0",
      id: 1,
      result: {
        content: [
          {
            type: "text",
            text: `You may not use the tool open: it needs the permission "reports:write" and the role "admin". An administrator of the organization ${ACME} can give it to you, in WorkOS. Signing in again does not.`,
          },
        ],
        isError: true,
        resultType: "complete",
        _meta: {
          "xmcp.dev/access-denied": {
            reason: "permission_missing",
            missing: { permissions: ["reports:write"], role: ["admin"] },
          },
        },
      },
    });
  });

  it.each([
    ["prompts/get", { name: "p" }, "prompt p"],
    ["resources/read", { uri: "docs://x" }, "resource docs://x"],
  ])("for %s it is a JSON-RPC error", async (method, params, what) => {
    const server = await startToolServer({ access: {} });
    const reply = await server.send(server.token(), request(method, params, 3));
    expect(reply.status).toBe(200);
    expect(reply.json).toEqual({
      jsonrpc: "2.0",
      id: 3,
      error: {
        code: -32003,
        message: `You may not use the ${what}: this server denies it to every caller. Its operator can change that.`,
        data: { reason: "not_in_access_map" },
      },
    });
  });

  it.each([
    [
      { featureFlags: ["beta"] },
      "feature_flag_off",
      'it needs the feature flag "beta". The operator of this server can switch it on for you. Signing in again does not.',
    ],
    [
      { role: "admin" },
      "role_missing",
      `it needs the role "admin". An administrator of the organization ${ACME} can give it to you, in WorkOS. Signing in again does not.`,
    ],
    [
      { caller: ["application", "api-key"] },
      "caller_not_allowed",
      "it is for applications and API keys only.",
    ],
    [
      { organization: [GLOBEX, "org_01OTHER"] },
      "organization_not_allowed",
      `it is for one of the organizations ${GLOBEX}, org_01OTHER. An administrator there can add you; then sign in again and choose it.`,
    ],
  ] as const)("%j says what is missing", async (rule, reason, text) => {
    const server = await startToolServer({
      callers: ["user", "application", "api-key"],
      access: { tools: { x: rule } },
    });
    const reply = await server.send(server.token(), call("x"));
    expect(reply.json).toMatchObject({
      result: {
        content: [{ text: `You may not use the tool x: ${text}` }],
        _meta: { "xmcp.dev/access-denied": { reason } },
      },
    });
  });

  it("no organization leads to choosing one, for a person who has one to choose", async () => {
    const server = await startToolServer({
      access: { tools: { x: { organization: "required" } } },
    });
    const reply = await server.send(server.token({ org_id: undefined }), call("x"));
    expect(reply.status).toBe(401);
    expect(reply.headers.get("www-authenticate")).toBe(
      `Bearer error="invalid_token", scope="openid profile", resource_metadata="${METADATA}", error_description="Sign in again and choose another organization"`,
    );
    expect(reply.text).toBe(
      '{"error":"invalid_token","error_description":"To use the tool x, sign in again and choose an organization.","reason":"organization_required"}',
    );
  });

  it("no organization and none to choose is said, not challenged", async () => {
    const server = await startToolServer({
      access: { tools: { x: { permissions: ["reports:read"] } } },
    });
    server.workos.memberships = {};
    const reply = await server.send(server.token({ org_id: undefined }), call("x"));
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({
      result: {
        content: [
          {
            text: "You may not use the tool x: it needs an organization, and you belong to none. An administrator of an organization can invite you.",
          },
        ],
        _meta: {
          "xmcp.dev/access-denied": {
            reason: "organization_not_allowed",
            missing: { organization: "required" },
          },
        },
      },
    });
  });

  it("WorkOS that cannot be asked is 503 with Retry-After, and nothing runs", async () => {
    const server = await startToolServer({
      access: { tools: { x: { permissions: ["reports:read"] } } },
    });
    server.workos.status = 500;
    const reply = await server.send(server.token(), call("x"));
    expect(reply.status).toBe(503);
    expect(reply.headers.get("retry-after")).toBe("5");
    expect(reply.text).toBe(
      '{"error":"temporarily_unavailable","error_description":"Whether you may use the tool x cannot be found out at the moment. Try again in a few seconds.","reason":"access_unavailable"}',
    );
    expect(server.ran).toEqual([]);
    expect(server.lines.at(-1)?.startsWith("error [workos] Denied tools/call")).toBe(true);
  });

  it("RS-66: of a batch everything is denied when one message is, and nothing runs", async () => {
    const server = await startToolServer({ access: { tools: { open: "authenticated" } } });
    const batch = [
      call("open", {}, 1),
      { jsonrpc: "2.0", method: "notifications/cancelled" },
      call("secret", {}, 2),
      request("tools/list", {}, 3),
    ];
    const reply = await server.send(server.token(), batch);
    const other = {
      code: -32003,
      message: "Not carried out: another message of the batch was denied",
      data: { reason: "not_in_access_map" },
    };
    expect(reply.json).toMatchObject([
      { id: 1, error: other },
      { id: 2, result: { isError: true } },
      { id: 3, error: other },
    ]);
    expect(server.ran).toEqual([]);
  });

  it("of several denials the one stands that signing in does not cure", async () => {
    const server = await startToolServer({
      access: { tools: { a: { scopes: ["s"] }, b: { role: "admin" } } },
    });
    for (const batch of [
      [call("a", {}, 1), call("b", {}, 2)],
      [call("b", {}, 2), call("a", {}, 1)],
    ]) {
      const reply = await server.send(server.token(), batch);
      expect(reply.status).toBe(200);
      expect(reply.text).toContain("role_missing");
    }
  });

  it("of several alternatives the one is said that the caller can do most about", async () => {
    const server = await startToolServer({
      access: {
        tools: {
          x: { anyOf: [{ role: "admin" }, { scopes: ["s"] }, { caller: "user", role: "owner" }] },
        },
      },
    });
    const reply = await server.send(server.token(), call("x"));
    expect(reply.status).toBe(403);
  });

  it("a denied notification has no request to answer: 403", async () => {
    const server = await startToolServer({ access: {} });
    const { jsonrpc, method, params } = call("x") as Record<string, unknown>;
    const reply = await server.send(server.token(), { jsonrpc, method, params });
    expect(reply.status).toBe(403);
    expect(reply.json).toMatchObject({ error: "forbidden", reason: "not_in_access_map" });
    expect(server.ran).toEqual([]);
  });

  it("RS-68: an expired token is expired, not under-scoped", async () => {
    const server = await startToolServer({ access: { tools: { x: { scopes: ["s"] } } } });
    const reply = await server.send(server.token({ exp: 1_700_000_000 }), call("x"));
    expect([reply.status, reply.json]).toMatchObject([401, { reason: "token_expired" }]);
  });

  it("RS-67: scopes alone do not authorize", async () => {
    const server = await startToolServer({
      access: { tools: { x: { scopes: ["reports:write"], permissions: ["reports:write"] } } },
    });
    const reply = await server.send(server.token({ scope: "reports:write" }), call("x"));
    expect(reply.text).toContain("permission_missing");
  });

  it("RS-65: a scope includes what the operator says it includes, and nothing when the hook throws", async () => {
    const server = await startToolServer({
      access: {
        tools: { x: { scopes: ["mail:send"] } },
        impliesScope: (granted, required) => {
          if (granted === "boom") throw new Error("boom");
          if (granted === "late") return Promise.reject(new Error("late")) as never;
          return required.startsWith(`${granted}:`);
        },
      },
    });
    const status = async (scope: string) =>
      (await server.send(server.token({ scope }), call("x"))).status;
    expect(await status("mail")).toBe(200);
    expect(await status("mail:send")).toBe(200);
    expect(await status("mai")).toBe(403);
    expect(await status("boom mail")).toBe(200);
    expect(await status("boom")).toBe(403);
    expect(await status("late")).toBe(403);
  });

  it("names that callers make up are printed safely and shortly", async () => {
    const server = await startToolServer({ access: {} });
    const name = `x\n\u001b[31m"</script>${"y".repeat(500)}`;
    const reply = await server.send(server.token(), call(name));
    const shown =
      (reply.json as { result: { content: { text: string }[] } }).result.content[0]?.text ?? "";
    expect(shown).toMatch(/^[\x20-\x7e]{1,300}$/);
    // The log has the whole of an ordinary name, and not the letters that would make another line of it.
    expect(server.lines.at(-1)).toMatch(/^[\x20-\x7e]{1,1000}$/);
    expect(server.lines.at(-1)).toContain('tool x\\u000a\\u001b[31m"</script>yyy');
  });
});

describe("no client ends in a sign-in loop", () => {
  it.each([
    ["a scope", { scopes: ["s"] }, 403, "scope_not_granted"],
    ["an organization", { organization: [GLOBEX] }, 401, "organization_not_chosen"],
  ] as const)(
    "for %s: a newer token that lacks the same is told, and the challenged one is challenged again",
    async (_, rule, status, reason) => {
      const workos = workosFake();
      workos.memberships[`${ADA} ${GLOBEX}`] = { roles: ["member"] };
      const server = await startToolServer({ access: { tools: { x: rule } } }, { workos });
      const [first, second] = [server.token(), server.token(LATER)];
      expect((await server.send(first, call("x"))).status).toBe(status);
      expect((await server.send(first, call("x"))).status).toBe(status);
      const answer = await server.send(second, call("x"));
      expect(answer.status).toBe(200);
      expect(answer.text).toContain(reason);
      // An older one is another client's copy; it did not come of the challenge.
      expect(
        (await server.send(server.token({ iat: 1_700_000_000, jti: "old" }), call("x"))).status,
      ).toBe(status);
      // Another user, another client, another tool with another need: challenged on their own.
      const other = server.token({ ...LATER, client_id: "https://other.example/c" });
      expect((await server.send(other, call("x"))).status).toBe(status);
      // The told one is told as long as it is good, however long that is.
      server.clock.now += 60 * 60_000;
      const late = server.token({ ...LATER, exp: Math.floor(server.clock.now / 1000) + 60 });
      expect((await server.send(late, call("x"))).text).toContain(reason);
    },
  );

  it("who tries once more, with a token that is newer still, is challenged anew; the told one stays told", async () => {
    const server = await startToolServer({ access: { tools: { x: { scopes: ["s"] } } } });
    const status = async (claims: Record<string, unknown>): Promise<number> =>
      (await server.send(server.token(claims), call("x"))).status;
    const at = (seconds: number): Record<string, unknown> => ({
      iat: Math.floor(server.clock.now / 1000) - 1 + seconds,
      jti: `token-${seconds}`,
    });
    expect(await status(at(0))).toBe(403);
    expect(await status(at(1))).toBe(200);
    expect(await status(at(2))).toBe(403);
    expect(await status(at(2))).toBe(403);
    expect(await status(at(3))).toBe(200);
    expect(await status(at(3))).toBe(200);
  });

  it("an API key is never challenged: it has no user to sign in", async () => {
    const server = await startToolServer({
      callers: ["user", "api-key"],
      access: { tools: { x: { scopes: ["s"] }, y: { organization: [GLOBEX] } } },
    });
    server.workos.status = 200;
    const rights = await server.send("sk_unknown_key_0123456789", call("x"));
    expect(rights.status).toBe(401);
  });
});
