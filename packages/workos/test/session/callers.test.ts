import { describe, expect, it } from "vitest";
import { getCaller, getClient, getSession, getUser, WorkOSAuthError } from "../../src/index.js";
import { startGuarded, type GuardedServer } from "../support/guarded-server.js";
import { CLIENT_ID, createTestIssuer } from "../support/issuer.js";

/** Answers with what each accessor returns, or the code of what it threw. */
async function reportCaller(): Promise<Record<string, unknown>> {
  const attempt = async (ask: () => unknown): Promise<unknown> => {
    try {
      return await ask();
    } catch (error) {
      return error instanceof WorkOSAuthError ? error.code : String(error);
    }
  };
  return {
    caller: await attempt(getCaller),
    session: await attempt(() => getSession().userId),
    user: await attempt(async () => (await getUser()).email),
    client: await attempt(() => getClient().clientId),
  };
}

const API_KEY = {
  object: "api_key",
  id: "api_key_01KEY",
  owner: { type: "user", id: "user_01ADA", organization_id: "org_01ACME" },
  name: "Nightly export",
  obfuscated_value: "sk_…1234",
  permissions: ["reports:read"],
  last_used_at: null,
  created_at: "2026-01-01T00:00:00.000Z",
  updated_at: "2026-01-01T00:00:00.000Z",
};

/** A server that answers with `reportCaller()`, and whose WorkOS API knows one API key. */
async function start(
  callers: readonly ("user" | "application" | "api-key")[],
  audience?: "resource",
  tool: () => unknown = reportCaller,
): Promise<GuardedServer> {
  const issuer = createTestIssuer();
  return startGuarded({
    issuer,
    config: { callers, ...(audience === undefined ? {} : { audience }) },
    fetch: async (input, init) => {
      const request = new Request(input, init);
      if (new URL(request.url).pathname !== "/api_keys/validations")
        return issuer.fetch(input, init);
      const { value } = (await request.json()) as { value: string };
      return Response.json({ api_key: value === "sk_example_good" ? API_KEY : null });
    },
    handler: (_request, response) => {
      void Promise.resolve(tool()).then((report) => response.end(JSON.stringify(report)));
    },
  });
}

const APPLICATION = {
  sub: "client_01REPORTER",
  client_id: "client_01REPORTER",
  aud: CLIENT_ID,
  sid: undefined,
  org_id: "org_01ACME",
  scope: "openid",
};

describe("callers", () => {
  it("RS-55: by default an application's token is refused, and so is an API key", async () => {
    const server = await start(["user"]);
    const token = server.issuer.sign({ claims: APPLICATION });
    for (const credential of [token, "sk_example_good"]) {
      const answer = await server.ask(credential);
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ reason: "caller_not_accepted" });
    }
    expect(server.reached.count).toBe(0);
  });

  it("RS-55 RS-100: an application that was opted in is an application, never a user", async () => {
    const server = await start(["user", "application"]);
    const token = server.issuer.sign({ claims: APPLICATION });
    const report = (await (await server.ask(token)).json()) as { caller: unknown };
    expect(report).toMatchObject({ session: "not_a_user", user: "not_a_user", client: CLIENT_ID });
    expect(report.caller).toMatchObject({
      kind: "application",
      id: "client_01REPORTER",
      organizationId: "org_01ACME",
      scopes: ["openid"],
    });
    // Nothing nags about an audience that AuthKit gives every application.
    expect(server.lines.join("\n")).not.toContain("environment_audience");
  });

  it("an application's audience is the environment even when a user's must be the resource", async () => {
    const server = await start(["user", "application"], "resource");
    const application = server.issuer.sign({ claims: APPLICATION });
    expect((await server.ask(application)).status).toBe(200);
    const user = server.issuer.sign({ claims: { aud: CLIENT_ID } });
    expect(await (await server.ask(user)).json()).toMatchObject({
      reason: "resource_not_requested",
    });
  });

  it.each([
    ["another application's environment", { aud: "client_01OTHER" }],
    ["an audience that also names a stranger", { aud: [CLIENT_ID, "https://other.example.com"] }],
  ])("RS-41: an application's token for %s is refused", async (_name, claims) => {
    const server = await start(["application"]);
    const token = server.issuer.sign({ claims: { ...APPLICATION, ...claims } });
    expect(await (await server.ask(token)).json()).toMatchObject({ reason: "wrong_audience" });
  });

  it("only applications may call where users were left out", async () => {
    const server = await start(["application"]);
    const answer = await server.ask(server.issuer.sign());
    expect(await answer.json()).toMatchObject({ reason: "caller_not_accepted" });
    expect(server.lines.at(-1)).toContain('its kind of caller is not in callers; add "user"');
  });

  it.each([
    [
      "sub of a user equal to its client",
      { sub: "user_01ADA", client_id: "user_01ADA" },
      "claim_invalid",
    ],
    [
      "an application whose client is another",
      { sub: "client_01APP", client_id: "client_01OTHER", aud: CLIENT_ID },
      "claim_invalid",
    ],
    ["an agent", { sub: "agent_01BOT" }, "claim_invalid"],
    ["an API key's ID", { sub: "api_key_01KEY" }, "claim_invalid"],
    ["a user's ID hidden behind a prefix", { sub: "client_user_01ADA" }, "claim_invalid"],
  ])("RS-55: %s is neither a user nor an application", async (_name, claims, reason) => {
    const server = await start(["user", "application", "api-key"]);
    const token = server.issuer.sign({ claims });
    expect(await (await server.ask(token)).json()).toMatchObject({ reason });
  });

  it("an API key that was opted in tells its owner, and is not its owner signed in", async () => {
    const server = await start(["user", "api-key"]);
    const report = (await (await server.ask("sk_example_good")).json()) as { caller: unknown };
    expect(report).toEqual({
      caller: {
        kind: "api-key",
        id: "api_key_01KEY",
        name: "Nightly export",
        owner: { kind: "user", id: "user_01ADA" },
        organizationId: "org_01ACME",
        scopes: [],
      },
      session: "not_a_user",
      user: "not_a_user",
      client: CLIENT_ID,
    });
  });

  it("an unknown API key is refused, and its value is in no line", async () => {
    const server = await start(["api-key"]);
    const answer = await server.ask("sk_example_unknown_canary");
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe(
      'Bearer error="invalid_token", resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp", error_description="The API key is invalid"',
    );
    expect(await answer.json()).toMatchObject({ reason: "api_key_invalid" });
    expect(server.lines.join("\n")).not.toContain("canary");
  });

  it("what begins like an API key but is none is judged as a token", async () => {
    const server = await start(["user", "api-key"]);
    for (const credential of ["sk_short", "sk_with.dots.inside", `sk_${"x".repeat(300)}`]) {
      expect(await (await server.ask(credential)).json()).toMatchObject({
        reason: "token_malformed",
      });
    }
  });

  it("503 with Retry-After when WorkOS cannot be asked about a key", async () => {
    const issuer = createTestIssuer();
    const server = await startGuarded({
      issuer,
      config: { callers: ["api-key"] },
      fetch: () => Promise.reject(new TypeError("fetch failed")),
    });
    const answer = await server.ask("sk_example_good");
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(answer.headers.has("www-authenticate")).toBe(false);
    expect(await answer.json()).toMatchObject({ reason: "api_unavailable" });
    expect(server.lines).toContain(
      "warn [workos] The WorkOS API is unreachable for API keys: it cannot be reached",
    );
  });

  it.each([
    ["an application", (sign: (claims: object) => string) => sign(APPLICATION)],
    ["an API key", () => "sk_example_good"],
  ])("getSession() names %s that called what is for people", async (caller, credentialFrom) => {
    let message = "";
    const server = await start(["application", "api-key"], undefined, () => {
      try {
        getSession();
      } catch (error) {
        ({ message } = error as Error);
      }
    });
    await server.ask(credentialFrom((claims) => server.issuer.sign({ claims: { ...claims } })));
    expect(message).toBe(
      `getSession() is for people, and this request was made by ${caller}. Use getCaller(), which tells who is calling by its kind.`,
    );
  });
});
