import { beforeAll, describe, expect, it } from "vitest";
import { createEmulator } from "../../src/index.js";
import {
  acme,
  ada,
  authorize,
  claimsOf,
  exchange,
  get,
  postForm,
  refresh,
  type Json,
} from "../support/oauth-client.js";
import { useEmulator } from "../support/fixture.js";

const credentials = {
  client_id: "client_01K0REP0RTER00000000000000",
  client_secret: "local_reporter_not_a_secret",
};
const scope = "openid profile email offline_access";
let tokens: Record<string, string>;

const shared = useEmulator();

beforeAll(async () => {
  const { emulator, clientId } = shared;
  const authorization = await authorize(emulator, clientId, { parameters: { scope } });
  tokens = (await exchange(emulator, clientId, authorization)).body;
});

async function introspect(token: string): Promise<Record<string, Json>> {
  return (await postForm(shared.emulator, "/oauth2/introspection", { ...credentials, token })).body;
}

describe("introspection", () => {
  it("describes an access token with neither audience nor scope", async () => {
    const claims = claimsOf(tokens["access_token"] ?? "");
    expect(await introspect(tokens["access_token"] ?? "")).toEqual({
      active: true,
      token_type: "access_token",
      iss: "http://127.0.0.1:4100",
      sub: ada,
      client_id: shared.clientId,
      sid: claims["sid"],
      org_id: acme,
      jti: claims["jti"],
      iat: 1_767_225_600,
      exp: 1_767_225_900,
    });
  });

  it("describes a refresh token", async () => {
    const answer = await introspect(tokens["refresh_token"] ?? "");
    expect(answer).toMatchObject({
      active: true,
      token_type: "refresh_token",
      sub: ada,
      client_id: shared.clientId,
    });
  });

  it("calls an ID token, a stranger's token and an expired one inactive", async () => {
    const stranger = createEmulator();
    expect(await introspect(tokens["id_token"] ?? "")).toEqual({ active: false });
    expect(await introspect(await stranger.token())).toEqual({ active: false });
    expect(
      await introspect(
        await shared.emulator.forgeToken({ claims: { iss: "https://other.example" } }),
      ),
    ).toEqual({ active: false });
    expect(await introspect(await shared.emulator.forgeToken({ expiresInSeconds: -1 }))).toEqual({
      active: false,
    });
    expect(await introspect("x")).toEqual({ active: false });
    const before = shared.time;
    shared.time += 300_000;
    expect(await introspect(tokens["access_token"] ?? "")).toEqual({ active: false });
    shared.time = before;
  });

  it("calls the tokens of a revoked family inactive", async () => {
    const own = (
      await exchange(
        shared.emulator,
        shared.clientId,
        await authorize(shared.emulator, shared.clientId, { parameters: { scope } }),
      )
    ).body;
    await refresh(shared.emulator, shared.clientId, own["refresh_token"]);
    await refresh(shared.emulator, shared.clientId, own["refresh_token"]);
    expect(await introspect(own["access_token"])).toEqual({ active: false });
    expect(await introspect(own["refresh_token"])).toEqual({ active: false });
  });

  it("is for confidential applications only", async () => {
    const token = tokens["access_token"] ?? "";
    const publicly = await postForm(shared.emulator, "/oauth2/introspection", {
      client_id: shared.clientId,
      token,
    });
    expect([publicly.status, publicly.body["error"]]).toEqual([401, "invalid_client"]);
    const wrong = await postForm(shared.emulator, "/oauth2/introspection", {
      ...credentials,
      client_secret: "x",
      token,
    });
    expect(wrong.status).toBe(401);
    const missing = await postForm(shared.emulator, "/oauth2/introspection", credentials);
    expect([missing.status, missing.body["error"]]).toEqual([400, "invalid_request"]);
  });
});

describe("userinfo", () => {
  async function userinfo(token: string) {
    return get(shared.emulator, "/oauth2/userinfo", { authorization: `Bearer ${token}` });
  }

  it("tells what the scopes open", async () => {
    expect((await userinfo(await shared.emulator.token({ scopes: ["openid"] }))).body).toEqual({
      sub: ada,
    });
    expect(
      (await userinfo(await shared.emulator.token({ scopes: ["openid", "email", "profile"] })))
        .body,
    ).toEqual({
      sub: ada,
      email: "ada@acme.test",
      email_verified: true,
      name: "Ada Lovelace",
      given_name: "Ada",
      family_name: "Lovelace",
    });
  });

  it("challenges as RFC 6750 says", async () => {
    const none = await shared.emulator.fetch(new Request(`${shared.emulator.url}/oauth2/userinfo`));
    expect([none.status, none.headers.get("www-authenticate"), await none.text()]).toEqual([
      401,
      "Bearer",
      "",
    ]);
    for (const token of ["x", await shared.emulator.machineToken("Nightly Reporter")]) {
      const wrong = await userinfo(token);
      expect([wrong.status, wrong.body["error"]]).toEqual([401, "invalid_token"]);
      expect(wrong.headers.get("www-authenticate")).toMatch(/^Bearer error="invalid_token"/u);
    }
    const narrow = await userinfo(await shared.emulator.token({ scopes: ["email"] }));
    expect([narrow.status, narrow.body["error"]]).toEqual([403, "insufficient_scope"]);
  });
});
