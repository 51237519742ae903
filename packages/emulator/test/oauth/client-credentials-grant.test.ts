import { describe, expect, it } from "vitest";
import { acme, claimsOf, environmentClientId, postForm } from "../support/oauth-client.js";
import { useEmulator, SHORT_LIVED, RESOURCE } from "../support/fixture.js";

const shared = useEmulator(SHORT_LIVED);

describe("the client credentials grant", () => {
  const reporter = "client_01K0REP0RTER00000000000000";
  const secret = "local_reporter_not_a_secret";

  it("gives an application a token for itself: no sid, the environment client ID as audience", async () => {
    const { body, status } = await postForm(shared.emulator, "/oauth2/token", {
      grant_type: "client_credentials",
      client_id: reporter,
      client_secret: secret,
      resource: RESOURCE,
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
    const credentials = { client_id: shared.clientId, grant_type: "client_credentials" };
    expect((await postForm(shared.emulator, "/oauth2/token", credentials)).body["error"]).toBe(
      "unauthorized_client",
    );
    const machine = {
      client_id: reporter,
      client_secret: secret,
      grant_type: "authorization_code",
    };
    expect((await postForm(shared.emulator, "/oauth2/token", machine)).body["error"]).toBe(
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
    expect((await postForm(shared.emulator, "/oauth2/token", fields)).body["error"]).toBe(
      "invalid_scope",
    );
  });
});
