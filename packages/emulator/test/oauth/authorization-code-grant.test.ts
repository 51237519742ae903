import { describe, expect, it } from "vitest";
import { createEmulator, defaultSeed } from "../../src/index.js";
import { Browser, createPkce } from "../support/browser.js";
import { useEmulator, SHORT_LIVED, RESOURCE, OTHER_RESOURCE, START } from "../support/fixture.js";
import {
  acme,
  ada,
  alan,
  authorize,
  callback,
  authorizePath,
  claimsOf,
  environmentClientId,
  exchange,
  get,
  grace,
  headerOf,
  refresh,
  register,
} from "../support/oauth-client.js";
const allScopes = "openid profile email offline_access";

const shared = useEmulator(SHORT_LIVED);

describe("the authorization code grant", () => {
  it("AS-09 AS-11: issues the access token that AuthKit issues", async () => {
    const authorization = await authorize(shared.emulator, shared.clientId, {
      parameters: { resource: RESOURCE },
    });
    const { body, headers, status } = await exchange(
      shared.emulator,
      shared.clientId,
      authorization,
      {
        resource: RESOURCE,
      },
    );
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toEqual({
      access_token: expect.any(String),
      id_token: expect.any(String),
      token_type: "Bearer",
      expires_in: 120,
      scope: "openid profile email",
    });
    expect(headerOf(body["access_token"])).toEqual({
      alg: "RS256",
      kid: expect.stringMatching(/^sso_oidc_key_pair_01/u),
    });
    expect(claimsOf(body["access_token"])).toEqual({
      iss: "http://127.0.0.1:4100",
      aud: "http://127.0.0.1:3002/mcp",
      sub: ada,
      client_id: shared.clientId,
      org_id: acme,
      sid: expect.stringMatching(/^app_consent_01[0-9A-HJKMNP-TV-Z]{24}$/u),
      scope: "openid profile email",
      jti: expect.any(String),
      iat: 1_767_225_600,
      exp: 1_767_225_720,
    });
  });

  it("issues an ID token for the client with the claims of the granted scopes, and without openid none", async () => {
    const authorization = await authorize(shared.emulator, shared.clientId, {
      parameters: { nonce: "n-1", scope: "openid email" },
    });
    const { body } = await exchange(shared.emulator, shared.clientId, authorization);
    expect(claimsOf(body["id_token"])).toEqual({
      iss: "http://127.0.0.1:4100",
      aud: shared.clientId,
      sub: ada,
      email: "ada@acme.test",
      email_verified: true,
      org_id: acme,
      nonce: "n-1",
      iat: 1_767_225_600,
      exp: 1_767_225_720,
    });
    const plain = await authorize(shared.emulator, shared.clientId, {
      parameters: { scope: "email" },
    });
    expect((await exchange(shared.emulator, shared.clientId, plain)).body).not.toHaveProperty(
      "id_token",
    );
  });

  it("AS-11: without resource the audience is the default indicator, and a registered one that is asked for wins", async () => {
    const byDefault = await exchange(
      shared.emulator,
      shared.clientId,
      await authorize(shared.emulator, shared.clientId),
    );
    expect(claimsOf(byDefault.body["access_token"])["aud"]).toBe(RESOURCE);
    const asked = await exchange(
      shared.emulator,
      shared.clientId,
      await authorize(shared.emulator, shared.clientId, {
        parameters: { resource: OTHER_RESOURCE },
      }),
    );
    expect(claimsOf(asked.body["access_token"])["aud"]).toBe(OTHER_RESOURCE);
  });

  it("AS-11: an application of the dashboard does not get the default indicator", async () => {
    const dashboard = "client_01K0DASHB0ARD0000000000000";
    const authorization = await authorize(shared.emulator, dashboard);
    const { body } = await exchange(shared.emulator, dashboard, authorization, {
      client_secret: "local_dashboard_not_a_secret",
    });
    expect(claimsOf(body["access_token"])["aud"]).toBe(environmentClientId);
  });

  it.each([
    ["no indicator is registered", { seed: defaultSeed }],
    [
      "indicators are switched off",
      {
        seed: { ...defaultSeed, resources: [{ uri: OTHER_RESOURCE }] },
        features: { resourceIndicators: false },
      },
    ],
  ])(
    "AS-11: while %s, resource is ignored and the audience is the environment client ID",
    async (_name, options) => {
      const plain = createEmulator(options);
      const id = await register(plain);
      const authorization = await authorize(plain, id, { parameters: { resource: RESOURCE } });
      const { body } = await exchange(plain, id, authorization, { resource: RESOURCE });
      expect(claimsOf(body["access_token"])["aud"]).toBe("client_01K0ENV1R0NMENT00000000000");
    },
  );

  // The browser says that all went well, and then the client fails: anthropics/claude-ai-mcp#271.
  it.each([
    ["another path", "http://127.0.0.1:3002/other"],
    ["a trailing slash", "http://127.0.0.1:3002/mcp/"],
  ])(
    "AS-11: an unregistered resource (%s) is authorized, and refused when the code is exchanged",
    async (_name, unregistered) => {
      const parameters = { resource: unregistered };
      for (const fields of [{ resource: unregistered }, {}, { resource: RESOURCE }]) {
        const authorization = await authorize(shared.emulator, shared.clientId, { parameters });
        expect(authorization.callback.searchParams.get("error")).toBeNull();
        const answer = await exchange(shared.emulator, shared.clientId, authorization, fields);
        expect([answer.status, answer.body["error"]]).toEqual([400, "invalid_target"]);
        expect(answer.body).not.toHaveProperty("access_token");
      }
    },
  );

  it("AS-11: several resources are one too many", async () => {
    const pkce = createPkce();
    const browser = new Browser(shared.emulator);
    const path = authorizePath(shared.clientId, pkce, { resource: RESOURCE });
    await browser.open(`${path}&resource=${encodeURIComponent(OTHER_RESOURCE)}`);
    await browser.submit({ user: alan });
    await browser.submit({ decision: "allow" });
    const callback = new URL(browser.page.location ?? "");
    const code = callback.searchParams.get("code") ?? "";
    const { body, status } = await exchange(shared.emulator, shared.clientId, {
      code,
      pkce,
      callback,
    });
    expect([status, body["error"]]).toEqual([400, "invalid_target"]);
  });

  it.each([
    ["a registered one", { resource: RESOURCE }, OTHER_RESOURCE],
    ["an unregistered one", { resource: RESOURCE }, "http://127.0.0.1:3002/other"],
    ["one, where none was authorized", {}, OTHER_RESOURCE],
  ])(
    "AS-11: resource at the token endpoint cannot change the audience: %s",
    async (_name, parameters, asked) => {
      const authorization = await authorize(shared.emulator, shared.clientId, { parameters });
      const answer = await exchange(shared.emulator, shared.clientId, authorization, {
        resource: asked,
      });
      expect([answer.status, answer.body["error"]]).toEqual([400, "invalid_target"]);
    },
  );

  it("leaves org_id out for a person without an organization", async () => {
    const { body } = await exchange(
      shared.emulator,
      shared.clientId,
      await authorize(shared.emulator, shared.clientId, { user: alan }),
    );
    expect(claimsOf(body["access_token"])).toMatchObject({ sub: alan });
    expect(claimsOf(body["access_token"])).not.toHaveProperty("org_id");
  });

  it("gives the same consent for the same person, client and organization, and others for others", async () => {
    const sid = async (user: string): Promise<unknown> =>
      claimsOf(
        (
          await exchange(
            shared.emulator,
            shared.clientId,
            await authorize(shared.emulator, shared.clientId, { user }),
          )
        ).body["access_token"],
      )["sid"];
    const first = await sid(ada);
    expect(await sid(ada)).toBe(first);
    expect(await sid(grace)).not.toBe(first);
  });

  it("refuses a second use and revokes what the first one gave", async () => {
    const authorization = await authorize(shared.emulator, shared.clientId, {
      parameters: { scope: allScopes },
    });
    const first = await exchange(shared.emulator, shared.clientId, authorization);
    const second = await exchange(shared.emulator, shared.clientId, authorization);
    expect([second.status, second.body["error"]]).toEqual([400, "invalid_grant"]);
    const renewal = await refresh(shared.emulator, shared.clientId, first.body["refresh_token"]);
    expect([renewal.status, renewal.body["error"]]).toEqual([400, "invalid_grant"]);
    const bearer = { authorization: `Bearer ${first.body["access_token"]}` };
    expect((await get(shared.emulator, "/oauth2/userinfo", bearer)).status).toBe(401);
  });

  it("refuses a late replay too, and still revokes", async () => {
    const authorization = await authorize(shared.emulator, shared.clientId, {
      parameters: { scope: allScopes },
    });
    const first = await exchange(shared.emulator, shared.clientId, authorization);
    shared.time = START + 5 * 60_000;
    expect((await exchange(shared.emulator, shared.clientId, authorization)).body["error"]).toBe(
      "invalid_grant",
    );
    expect(
      (await refresh(shared.emulator, shared.clientId, first.body["refresh_token"])).body["error"],
    ).toBe("invalid_grant");
  });

  it("gives a code to one of two requests that come at once", async () => {
    const authorization = await authorize(shared.emulator, shared.clientId);
    const answers = await Promise.all(
      [1, 2, 3].map(() => exchange(shared.emulator, shared.clientId, authorization)),
    );
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(["200", "400", "400"]);
  });

  it("refuses a code after a minute", async () => {
    const inTime = await authorize(shared.emulator, shared.clientId);
    const late = await authorize(shared.emulator, shared.clientId);
    shared.time = START + 59_999;
    expect((await exchange(shared.emulator, shared.clientId, inTime)).status).toBe(200);
    shared.time = START + 60_000;
    expect((await exchange(shared.emulator, shared.clientId, late)).body["error"]).toBe(
      "invalid_grant",
    );
  });

  it.each([
    ["AS-07: a wrong verifier", { code_verifier: "x".repeat(43) }, "invalid_grant"],
    ["AS-07: a verifier that is too short", { code_verifier: "short" }, "invalid_grant"],
    ["AS-07: no verifier", { code_verifier: "" }, "invalid_request"],
    [
      "AS-06: another redirect URI",
      { redirect_uri: "http://127.0.0.1:5556/callback" },
      "invalid_grant",
    ],
    ["no code", { code: "" }, "invalid_request"],
    ["an unknown code", { code: "unknown" }, "invalid_grant"],
  ])("%s is refused", async (_name, fields, error) => {
    const authorization = await authorize(shared.emulator, shared.clientId);
    const answer = await exchange(shared.emulator, shared.clientId, authorization, fields);
    expect([answer.status, answer.body["error"]]).toEqual([400, error]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  it("OAuth 2.1 section 10.2: takes a token request without redirect_uri, and checks one that is there", async () => {
    const without = await authorize(shared.emulator, shared.clientId);
    const answer = await exchange(shared.emulator, shared.clientId, without, { redirect_uri: "" });
    expect([answer.status, answer.body["token_type"]]).toEqual([200, "Bearer"]);
    for (const redirect_uri of [`${callback}/`, `${callback}?`, "https://app.example/callback"]) {
      const authorization = await authorize(shared.emulator, shared.clientId);
      const refused = await exchange(shared.emulator, shared.clientId, authorization, {
        redirect_uri,
      });
      expect([refused.status, refused.body["error"]]).toEqual([400, "invalid_grant"]);
    }
  });

  it("AS-07: a wrong verifier costs the code", async () => {
    const authorization = await authorize(shared.emulator, shared.clientId);
    await exchange(shared.emulator, shared.clientId, authorization, {
      code_verifier: "x".repeat(43),
    });
    expect((await exchange(shared.emulator, shared.clientId, authorization)).body["error"]).toBe(
      "invalid_grant",
    );
  });

  it("another client cannot use a code, nor use it up", async () => {
    const thief = await register(shared.emulator, { client_name: "Thief" });
    const authorization = await authorize(shared.emulator, shared.clientId);
    expect((await exchange(shared.emulator, thief, authorization)).body["error"]).toBe(
      "invalid_grant",
    );
    expect((await exchange(shared.emulator, shared.clientId, authorization)).status).toBe(200);
  });
});
