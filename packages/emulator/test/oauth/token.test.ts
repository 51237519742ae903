import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createEmulator, defaultSeed, type Emulator } from "../../src/index.js";
import {
  acme,
  ada,
  alan,
  authorize,
  callback,
  claimsOf,
  environmentClientId,
  exchange,
  get,
  grace,
  headerOf,
  postForm,
  refresh,
  register,
} from "../support/oauth-client.js";

const resource = "http://127.0.0.1:3002/mcp";
const other = "http://127.0.0.1:3003/mcp";
const start = Date.UTC(2026, 0, 1);
const allScopes = "openid profile email offline_access";

let time = start;
let emulator: Emulator;
let clientId: string;

beforeAll(async () => {
  const seed = { ...defaultSeed, resources: [{ uri: resource, default: true }, { uri: other }] };
  emulator = await createEmulator({
    seed,
    now: () => time,
    accessTokenLifetime: 120,
    refreshTokenLifetime: 3_600,
  });
  clientId = await register(emulator);
});

beforeEach(() => {
  time = start;
});

describe("the authorization code grant", () => {
  it("AS-09 AS-11: issues the access token that AuthKit issues", async () => {
    const authorization = await authorize(emulator, clientId, { parameters: { resource } });
    const { body, headers, status } = await exchange(emulator, clientId, authorization, {
      resource,
    });
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
      client_id: clientId,
      org_id: acme,
      sid: expect.stringMatching(/^app_consent_01[0-9A-HJKMNP-TV-Z]{24}$/u),
      scope: "openid profile email",
      jti: expect.any(String),
      iat: 1_767_225_600,
      exp: 1_767_225_720,
    });
  });

  it("issues an ID token for the client with the claims of the granted scopes, and without openid none", async () => {
    const authorization = await authorize(emulator, clientId, {
      parameters: { nonce: "n-1", scope: "openid email" },
    });
    const { body } = await exchange(emulator, clientId, authorization);
    expect(claimsOf(body["id_token"])).toEqual({
      iss: "http://127.0.0.1:4100",
      aud: clientId,
      sub: ada,
      email: "ada@acme.test",
      email_verified: true,
      org_id: acme,
      nonce: "n-1",
      iat: 1_767_225_600,
      exp: 1_767_225_720,
    });
    const plain = await authorize(emulator, clientId, { parameters: { scope: "email" } });
    expect((await exchange(emulator, clientId, plain)).body).not.toHaveProperty("id_token");
  });

  it("AS-11: without resource the audience is the default indicator, and a registered one that is asked for wins", async () => {
    const byDefault = await exchange(emulator, clientId, await authorize(emulator, clientId));
    expect(claimsOf(byDefault.body["access_token"])["aud"]).toBe(resource);
    const asked = await exchange(
      emulator,
      clientId,
      await authorize(emulator, clientId, { parameters: { resource: other } }),
    );
    expect(claimsOf(asked.body["access_token"])["aud"]).toBe(other);
  });

  it("AS-11: an application of the dashboard does not get the default indicator", async () => {
    const dashboard = "client_01K0DASHB0ARD0000000000000";
    const authorization = await authorize(emulator, dashboard);
    const { body } = await exchange(emulator, dashboard, authorization, {
      client_secret: "local_dashboard_not_a_secret",
    });
    expect(claimsOf(body["access_token"])["aud"]).toBe(environmentClientId);
  });

  it.each([
    ["no indicator is registered", { seed: defaultSeed }],
    [
      "indicators are switched off",
      {
        seed: { ...defaultSeed, resources: [{ uri: other }] },
        features: { resourceIndicators: false },
      },
    ],
  ])(
    "AS-11: while %s, resource is ignored and the audience is the environment client ID",
    async (_name, options) => {
      const plain = await createEmulator(options);
      const id = await register(plain);
      const authorization = await authorize(plain, id, { parameters: { resource } });
      const { body } = await exchange(plain, id, authorization, { resource });
      expect(claimsOf(body["access_token"])["aud"]).toBe("client_01K0ENV1R0NMENT00000000000");
    },
  );

  it("AS-11: resource at the token endpoint cannot change the audience", async () => {
    const authorization = await authorize(emulator, clientId, { parameters: { resource } });
    const { body, status } = await exchange(emulator, clientId, authorization, { resource: other });
    expect([status, body["error"]]).toEqual([400, "invalid_target"]);
  });

  it("leaves org_id out for a person without an organization", async () => {
    const { body } = await exchange(
      emulator,
      clientId,
      await authorize(emulator, clientId, { user: alan }),
    );
    expect(claimsOf(body["access_token"])).toMatchObject({ sub: alan });
    expect(claimsOf(body["access_token"])).not.toHaveProperty("org_id");
  });

  it("gives the same consent for the same person, client and organization, and others for others", async () => {
    const sid = async (user: string): Promise<string> =>
      claimsOf(
        (await exchange(emulator, clientId, await authorize(emulator, clientId, { user }))).body[
          "access_token"
        ],
      )["sid"];
    const first = await sid(ada);
    expect(await sid(ada)).toBe(first);
    expect(await sid(grace)).not.toBe(first);
  });

  it("refuses a second use and revokes what the first one gave", async () => {
    const authorization = await authorize(emulator, clientId, { parameters: { scope: allScopes } });
    const first = await exchange(emulator, clientId, authorization);
    const second = await exchange(emulator, clientId, authorization);
    expect([second.status, second.body["error"]]).toEqual([400, "invalid_grant"]);
    const renewal = await refresh(emulator, clientId, first.body["refresh_token"]);
    expect([renewal.status, renewal.body["error"]]).toEqual([400, "invalid_grant"]);
    const bearer = { authorization: `Bearer ${first.body["access_token"]}` };
    expect((await get(emulator, "/oauth2/userinfo", bearer)).status).toBe(401);
  });

  it("refuses a late replay too, and still revokes", async () => {
    const authorization = await authorize(emulator, clientId, { parameters: { scope: allScopes } });
    const first = await exchange(emulator, clientId, authorization);
    time = start + 5 * 60_000;
    expect((await exchange(emulator, clientId, authorization)).body["error"]).toBe("invalid_grant");
    expect((await refresh(emulator, clientId, first.body["refresh_token"])).body["error"]).toBe(
      "invalid_grant",
    );
  });

  it("gives a code to one of two requests that come at once", async () => {
    const authorization = await authorize(emulator, clientId);
    const answers = await Promise.all(
      [1, 2, 3].map(() => exchange(emulator, clientId, authorization)),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400]);
  });

  it("refuses a code after a minute", async () => {
    const inTime = await authorize(emulator, clientId);
    const late = await authorize(emulator, clientId);
    time = start + 59_999;
    expect((await exchange(emulator, clientId, inTime)).status).toBe(200);
    time = start + 60_000;
    expect((await exchange(emulator, clientId, late)).body["error"]).toBe("invalid_grant");
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
    ["no redirect URI", { redirect_uri: "" }, "invalid_request"],
    ["no code", { code: "" }, "invalid_request"],
    ["an unknown code", { code: "unknown" }, "invalid_grant"],
  ])("%s is refused", async (_name, fields, error) => {
    const authorization = await authorize(emulator, clientId);
    const answer = await exchange(emulator, clientId, authorization, fields);
    expect([answer.status, answer.body["error"]]).toEqual([400, error]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  it("AS-07: a wrong verifier costs the code", async () => {
    const authorization = await authorize(emulator, clientId);
    await exchange(emulator, clientId, authorization, { code_verifier: "x".repeat(43) });
    expect((await exchange(emulator, clientId, authorization)).body["error"]).toBe("invalid_grant");
  });

  it("another client cannot use a code, nor use it up", async () => {
    const thief = await register(emulator, { client_name: "Thief" });
    const authorization = await authorize(emulator, clientId);
    expect((await exchange(emulator, thief, authorization)).body["error"]).toBe("invalid_grant");
    expect((await exchange(emulator, clientId, authorization)).status).toBe(200);
  });
});

describe("the refresh token grant", () => {
  async function signIn(
    scope = allScopes,
  ): Promise<{ access_token: string; refresh_token: string }> {
    const answer = await exchange(
      emulator,
      clientId,
      await authorize(emulator, clientId, { parameters: { scope } }),
    );
    return answer.body as { access_token: string; refresh_token: string };
  }

  it("is offered with offline_access only", async () => {
    expect(await signIn()).toHaveProperty("refresh_token");
    expect(await signIn("openid profile")).not.toHaveProperty("refresh_token");
  });

  it("AS-08: rotates, and keeps person, organization, consent and audience", async () => {
    const first = await signIn();
    time = start + 60_000;
    const second = await refresh(emulator, clientId, first.refresh_token);
    expect(second.status).toBe(200);
    expect(second.body["refresh_token"]).not.toBe(first.refresh_token);
    const before = claimsOf(first.access_token);
    const after = claimsOf(second.body["access_token"]);
    expect(after).toEqual({
      ...before,
      jti: after["jti"],
      iat: before["iat"] + 60,
      exp: before["exp"] + 60,
    });
    expect(after["jti"]).not.toBe(before["jti"]);
  });

  it("AS-13: a token that was used already ends the family, the newest token included", async () => {
    const first = await signIn();
    const second = await refresh(emulator, clientId, first.refresh_token);
    const replay = await refresh(emulator, clientId, first.refresh_token);
    expect([replay.status, replay.body["error"]]).toEqual([400, "invalid_grant"]);
    const newest = await refresh(emulator, clientId, second.body["refresh_token"]);
    expect([newest.status, newest.body["error"]]).toEqual([400, "invalid_grant"]);
    const bearer = { authorization: `Bearer ${second.body["access_token"]}` };
    expect((await get(emulator, "/oauth2/userinfo", bearer)).status).toBe(401);
  });

  it("AS-13: of two requests with one token at once, one wins and the family ends", async () => {
    const first = await signIn();
    const answers = await Promise.all(
      [1, 2].map(() => refresh(emulator, clientId, first.refresh_token)),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400]);
    const winner = answers.find(({ status }) => status === 200);
    expect((await refresh(emulator, clientId, winner?.body["refresh_token"])).body["error"]).toBe(
      "invalid_grant",
    );
  });

  it("narrows the scope and never widens it", async () => {
    const { refresh_token: token } = await signIn("openid email offline_access");
    const wider = await refresh(emulator, clientId, token, { scope: "openid profile" });
    expect([wider.status, wider.body["error"]]).toEqual([400, "invalid_scope"]);
    const narrower = await refresh(emulator, clientId, token, { scope: "openid" });
    expect(narrower.body["scope"]).toBe("openid");
    const again = await refresh(emulator, clientId, narrower.body["refresh_token"]);
    expect(again.body["scope"]).toBe("openid email offline_access");
  });

  it("AS-11: refuses another resource, and the token stays good", async () => {
    const { refresh_token: token } = await signIn();
    expect((await refresh(emulator, clientId, token, { resource: other })).body["error"]).toBe(
      "invalid_target",
    );
    expect((await refresh(emulator, clientId, token, { resource })).status).toBe(200);
  });

  it.each([
    [
      "a token of our making with another generation",
      (token: string) => token.replace(/\.1\./u, ".2."),
    ],
    [
      "a token with another signature",
      (token: string) => `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`,
    ],
    ["a token with a tail", (token: string) => `${token}.x`],
    ["no token at all", () => "x"],
  ])("refuses %s", async (_name, forge) => {
    const { refresh_token: token } = await signIn();
    expect((await refresh(emulator, clientId, forge(token))).body["error"]).toBe("invalid_grant");
    expect((await refresh(emulator, clientId, token)).status).toBe(200);
  });

  it("another client cannot use a token", async () => {
    const { refresh_token: token } = await signIn();
    const thief = await register(emulator);
    expect((await refresh(emulator, thief, token)).body["error"]).toBe("invalid_grant");
    expect((await refresh(emulator, clientId, token)).status).toBe(200);
  });

  it("lives as long as it is used", async () => {
    const first = await signIn();
    time = start + 3_599_000;
    const second = await refresh(emulator, clientId, first.refresh_token);
    time = start + 2 * 3_599_000;
    const third = await refresh(emulator, clientId, second.body["refresh_token"]);
    expect(third.status).toBe(200);
    time += 3_600_000;
    expect((await refresh(emulator, clientId, third.body["refresh_token"])).body["error"]).toBe(
      "invalid_grant",
    );
  });

  it("a client that did not register for it gets none and may not ask", async () => {
    const id = await register(emulator, { grant_types: ["authorization_code"] });
    const authorization = await authorize(emulator, id, { parameters: { scope: allScopes } });
    expect((await exchange(emulator, id, authorization)).body).not.toHaveProperty("refresh_token");
    expect((await refresh(emulator, id, "x")).body["error"]).toBe("unauthorized_client");
  });
});

describe("the client credentials grant", () => {
  const reporter = "client_01K0REP0RTER00000000000000";
  const secret = "local_reporter_not_a_secret";

  it("gives an application a token for itself: no sid, the environment client ID as audience", async () => {
    const { body, status } = await postForm(emulator, "/oauth2/token", {
      grant_type: "client_credentials",
      client_id: reporter,
      client_secret: secret,
      resource,
    });
    expect(status).toBe(200);
    expect(Object.keys(body).toSorted()).toEqual([
      "access_token",
      "expires_in",
      "scope",
      "token_type",
    ]);
    expect(claimsOf(body["access_token"])).toEqual({
      iss: "http://127.0.0.1:4100",
      aud: environmentClientId,
      sub: reporter,
      client_id: reporter,
      org_id: acme,
      scope: "",
      jti: expect.any(String),
      iat: 1_767_225_600,
      exp: 1_767_225_720,
    });
  });

  it("is closed to clients of people, and the code grant to machines", async () => {
    const credentials = { client_id: clientId, grant_type: "client_credentials" };
    expect((await postForm(emulator, "/oauth2/token", credentials)).body["error"]).toBe(
      "unauthorized_client",
    );
    const machine = {
      client_id: reporter,
      client_secret: secret,
      grant_type: "authorization_code",
    };
    expect((await postForm(emulator, "/oauth2/token", machine)).body["error"]).toBe(
      "unauthorized_client",
    );
  });

  it("refuses a scope that the application does not have", async () => {
    const fields = {
      client_id: reporter,
      client_secret: secret,
      grant_type: "client_credentials",
      scope: "admin",
    };
    expect((await postForm(emulator, "/oauth2/token", fields)).body["error"]).toBe("invalid_scope");
  });
});

describe("the form of a token request", () => {
  it.each([
    ["another media type", { "content-type": "application/json" }, "{}"],
    ["no grant type", { "content-type": "application/x-www-form-urlencoded" }, "client_id=x"],
    [
      "a repeated parameter",
      { "content-type": "application/x-www-form-urlencoded" },
      "grant_type=a&grant_type=b",
    ],
    [
      "a body that is too large",
      { "content-type": "application/x-www-form-urlencoded" },
      `grant_type=${"x".repeat(70_000)}`,
    ],
  ])("%s is an invalid request", async (_name, headers, body) => {
    const response = await emulator.fetch(
      new Request(`${emulator.url}/oauth2/token`, { method: "POST", headers, body }),
    );
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: "invalid_request" });
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it.each([
    "password",
    "implicit",
    "urn:ietf:params:oauth:grant-type:device_code",
    "toString",
    "__proto__",
  ])("the grant type %s is unsupported", async (grantType) => {
    const { body } = await postForm(emulator, "/oauth2/token", {
      grant_type: grantType,
      client_id: clientId,
    });
    expect(body["error"]).toBe("unsupported_grant_type");
  });

  it("AS-10: no token response may be cached", async () => {
    const authorization = await authorize(emulator, clientId, {
      parameters: { redirect_uri: callback },
    });
    const { headers } = await exchange(emulator, clientId, authorization);
    expect([headers.get("cache-control"), headers.get("pragma")]).toEqual(["no-store", "no-cache"]);
  });
});
