import { describe, expect, it } from "vitest";
import { createEmulator } from "../../src/index.js";
import { authorize, claimsOf, exchange, get, refresh, register } from "../support/oauth-client.js";
import { useEmulator, SHORT_LIVED, RESOURCE, OTHER_RESOURCE, START } from "../support/fixture.js";
const allScopes = "openid profile email offline_access";

const shared = useEmulator(SHORT_LIVED);

describe("the refresh token grant", () => {
  async function signIn(
    scope = allScopes,
  ): Promise<{ access_token: string; refresh_token: string }> {
    const answer = await exchange(
      shared.emulator,
      shared.clientId,
      await authorize(shared.emulator, shared.clientId, { parameters: { scope } }),
    );
    return answer.body as { access_token: string; refresh_token: string };
  }

  it("is offered with offline_access only", async () => {
    expect(await signIn()).toHaveProperty("refresh_token");
    expect(await signIn("openid profile")).not.toHaveProperty("refresh_token");
  });

  it("AS-08: rotates, and keeps person, organization, consent and audience", async () => {
    const first = await signIn();
    shared.time = START + 60_000;
    const second = await refresh(shared.emulator, shared.clientId, first.refresh_token);
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
    const second = await refresh(shared.emulator, shared.clientId, first.refresh_token);
    const replay = await refresh(shared.emulator, shared.clientId, first.refresh_token);
    expect([replay.status, replay.body["error"]]).toEqual([400, "invalid_grant"]);
    const newest = await refresh(shared.emulator, shared.clientId, second.body["refresh_token"]);
    expect([newest.status, newest.body["error"]]).toEqual([400, "invalid_grant"]);
    const bearer = { authorization: `Bearer ${second.body["access_token"]}` };
    expect((await get(shared.emulator, "/oauth2/userinfo", bearer)).status).toBe(401);
  });

  it("AS-13: of two requests with one token at once, one wins and the family ends", async () => {
    const first = await signIn();
    const answers = await Promise.all(
      [1, 2].map(() => refresh(shared.emulator, shared.clientId, first.refresh_token)),
    );
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(["200", "400"]);
    const winner = answers.find(({ status }) => status === 200);
    expect(
      (await refresh(shared.emulator, shared.clientId, winner?.body["refresh_token"])).body[
        "error"
      ],
    ).toBe("invalid_grant");
  });

  it("narrows the scope and never widens it", async () => {
    const { refresh_token: token } = await signIn("openid email offline_access");
    const wider = await refresh(shared.emulator, shared.clientId, token, {
      scope: "openid profile",
    });
    expect([wider.status, wider.body["error"]]).toEqual([400, "invalid_scope"]);
    const narrower = await refresh(shared.emulator, shared.clientId, token, { scope: "openid" });
    expect(narrower.body["scope"]).toBe("openid");
    const again = await refresh(shared.emulator, shared.clientId, narrower.body["refresh_token"]);
    expect(again.body["scope"]).toBe("openid email offline_access");
  });

  it("AS-11: refuses another resource, and the token stays good", async () => {
    const { refresh_token: token } = await signIn();
    expect(
      (await refresh(shared.emulator, shared.clientId, token, { resource: OTHER_RESOURCE })).body[
        "error"
      ],
    ).toBe("invalid_target");
    expect(
      (await refresh(shared.emulator, shared.clientId, token, { resource: RESOURCE })).status,
    ).toBe(200);
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
    expect((await refresh(shared.emulator, shared.clientId, forge(token))).body["error"]).toBe(
      "invalid_grant",
    );
    expect((await refresh(shared.emulator, shared.clientId, token)).status).toBe(200);
  });

  it("another client cannot use a token", async () => {
    const { refresh_token: token } = await signIn();
    const thief = await register(shared.emulator);
    expect((await refresh(shared.emulator, thief, token)).body["error"]).toBe("invalid_grant");
    expect((await refresh(shared.emulator, shared.clientId, token)).status).toBe(200);
  });

  it("lives as long as it is used", async () => {
    const first = await signIn();
    shared.time = START + 3_599_000;
    const second = await refresh(shared.emulator, shared.clientId, first.refresh_token);
    shared.time = START + 2 * 3_599_000;
    const third = await refresh(shared.emulator, shared.clientId, second.body["refresh_token"]);
    expect(third.status).toBe(200);
    shared.time += 3_600_000;
    expect(
      (await refresh(shared.emulator, shared.clientId, third.body["refresh_token"])).body["error"],
    ).toBe("invalid_grant");
  });

  it("a client that did not register for it gets none and may not ask", async () => {
    const id = await register(shared.emulator, { grant_types: ["authorization_code"] });
    const authorization = await authorize(shared.emulator, id, {
      parameters: { scope: allScopes },
    });
    expect((await exchange(shared.emulator, id, authorization)).body).not.toHaveProperty(
      "refresh_token",
    );
    expect((await refresh(shared.emulator, id, "x")).body["error"]).toBe("unauthorized_client");
  });

  it.each([
    [
      "the membership is switched off",
      "PUT",
      "organization_memberships/om_01K0ADAATACME0000000000000/deactivate",
    ],
    ["the person is deleted", "DELETE", "users/user_01K0ADA0000000000000000000"],
  ])("ends when %s", async (_name, method, path) => {
    const own = createEmulator();
    const id = await register(own);
    const authorization = await authorize(own, id, { parameters: { scope: allScopes } });
    const { body } = await exchange(own, id, authorization);
    const headers = { authorization: `Bearer ${own.apiKey}` };
    await own.fetch(new Request(`${own.url}/user_management/${path}`, { method, headers }));
    const renewal = await refresh(own, id, body["refresh_token"]);
    expect([renewal.status, renewal.body["error"]]).toEqual([400, "invalid_grant"]);
    const bearer = { authorization: `Bearer ${body["access_token"]}` };
    const userinfo = await own.fetch(
      new Request(`${own.url}/oauth2/userinfo`, { headers: bearer }),
    );
    expect(userinfo.status).toBe(401);
  });
});
