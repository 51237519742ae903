import { describe, expect, it } from "vitest";
import { createEmulator, type SignInInput } from "../../src/index.js";
import { acme, ada, alan, claimsOf, globex } from "../support/oauth-client.js";

const resource = "https://mcp.example/mcp";

describe("signIn()", () => {
  it("runs the flow through the emulator's endpoints", async () => {
    const emulator = createEmulator({ resource });
    const signedIn = await emulator.signIn({
      as: "Ada Lovelace",
      organization: "Globex",
      resource,
    });
    expect(claimsOf(signedIn.accessToken)).toMatchObject({
      sub: ada,
      org_id: globex,
      aud: resource,
      scope: "openid profile email offline_access",
    });
    expect(claimsOf(signedIn.idToken ?? "")).toMatchObject({ sub: ada, email: "ada@acme.test" });
    expect(emulator.requests()).toEqual([
      { method: "GET", path: "/oauth2/authorize", status: 200 },
      { method: "POST", path: "/oauth2/interaction/:id", status: 200 },
      { method: "POST", path: "/oauth2/interaction/:id", status: 200 },
      { method: "POST", path: "/oauth2/interaction/:id", status: 303 },
      { method: "POST", path: "/oauth2/token", status: 200 },
    ]);
  });

  it("refreshes, and a refresh token that was used ends the family", async () => {
    const emulator = createEmulator();
    const first = await emulator.signIn({ as: "alan@turing.test" });
    emulator.advance({ minutes: 10 });
    const second = await first.refresh();
    const [before, after] = [claimsOf(first.accessToken), claimsOf(second.accessToken)];
    expect(after["sub"]).toBe(alan);
    expect(after["iat"] - before["iat"]).toBeGreaterThanOrEqual(600);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    const replayed = {
      code: "sign_in_refused",
      message: expect.stringMatching(/^invalid_grant: /u),
    };
    await expect(first.refresh()).rejects.toMatchObject(replayed);
    await expect(second.refresh()).rejects.toMatchObject(replayed);
  });

  it("refreshes nothing without offline_access", async () => {
    const signedIn = await createEmulator().signIn({ as: "alan@turing.test", scopes: ["openid"] });
    expect(signedIn).not.toHaveProperty("refreshToken");
    await expect(signedIn.refresh()).rejects.toThrow("needs the scope offline_access");
  });

  it("chooses the only organization, as the pages do", async () => {
    const { accessToken } = await createEmulator().signIn({ as: "grace@acme.test" });
    expect(claimsOf(accessToken)["org_id"]).toBe(acme);
  });

  it.each(["Acme Dashboard", "client_01K0DASHB0ARD0000000000000"])(
    "signs in with the application %s, which has a secret",
    async (client) => {
      const signedIn = await createEmulator({ resource }).signIn({ as: "grace@acme.test", client });
      expect(claimsOf(signedIn.accessToken)).toMatchObject({
        client_id: "client_01K0DASHB0ARD0000000000000",
        aud: "client_01K0ENV1R0NMENT00000000000",
      });
      expect(claimsOf((await signedIn.refresh()).accessToken)["org_id"]).toBe(acme);
    },
  );

  it("signs in with a client ID metadata document", async () => {
    const client = "https://client.example.com/oauth/client.json";
    const emulator = createEmulator({
      resource,
      fetch: async () =>
        Response.json({
          client_id: client,
          client_name: "Documented",
          redirect_uris: ["http://127.0.0.1/callback"],
          token_endpoint_auth_method: "none",
        }),
    });
    const { accessToken } = await emulator.signIn({ as: "grace@acme.test", client });
    expect(claimsOf(accessToken)).toMatchObject({ client_id: client, aud: resource });
  });

  it("works with both kinds of registration off, and with `iss` in the answer", async () => {
    const emulator = createEmulator({
      features: {
        dynamicClientRegistration: false,
        clientIdMetadataDocuments: false,
        issuerParameter: true,
      },
    });
    expect((await emulator.signIn({ as: "grace@acme.test" })).accessToken).toContain(".");
  });
});

describe("a sign-in that does not succeed", () => {
  it.each<[string, SignInInput, string, string]>([
    [
      "a denied consent",
      { as: "grace@acme.test", consent: "deny" },
      "sign_in_refused",
      "access_denied: The person denied the request.",
    ],
    [
      "a resource that is not registered, which AuthKit refuses at the token endpoint",
      { as: "grace@acme.test", resource: "https://other.example/mcp" },
      "sign_in_refused",
      "invalid_target: The requested resource is not a registered resource indicator.",
    ],
    [
      "several organizations to choose from",
      { as: "ada@acme.test" },
      "invalid_argument",
      "organization is missing: ada@acme.test has to choose one. Known: Acme, Globex.",
    ],
    [
      "an organization of others",
      { as: "grace@acme.test", organization: "Globex" },
      "not_a_member",
      "grace@acme.test is not a member of Globex, so AuthKit issues no token for it. Active memberships: Acme.",
    ],
    [
      "an unknown user",
      { as: "grcae@acme.test" },
      "unknown_user",
      'The environment has no user "grcae@acme.test". Did you mean grace@acme.test? Known: ada@acme.test, grace@acme.test, alan@turing.test.',
    ],
    [
      "an unknown client",
      { as: "grace@acme.test", client: "Acme Dashbord" },
      "unknown_application",
      'The environment has no OAuth application "Acme Dashbord". Did you mean Acme Dashboard? Known: Acme Dashboard.',
    ],
    [
      "a machine",
      { as: "grace@acme.test", client: "client_01K0REP0RTER00000000000000" },
      "unknown_application",
      "A machine-to-machine application signs no user in: use machineToken().",
    ],
    [
      "a word that is no decision",
      { as: "grace@acme.test", consent: "yes" as "allow" },
      "invalid_argument",
      "consent must be one of allow, deny.",
    ],
    ["no user", {} as SignInInput, "invalid_argument", "as is missing."],
  ])("is refused: %s", async (_name, input, code, message) => {
    const emulator = createEmulator({ resource });
    await expect(emulator.signIn(input)).rejects.toMatchObject({ code, message });
  });

  it("is refused in the words of the page that ends it", async () => {
    const client = "https://client.example.com/oauth/client.json";
    let answers = 0;
    const emulator = createEmulator({
      fetch: async () => {
        answers += 1;
        if (answers > 1) return new Response(null, { status: 404 });
        const metadata = {
          client_id: client,
          client_name: "Documented",
          redirect_uris: ["http://127.0.0.1/callback"],
          token_endpoint_auth_method: "none",
        };
        return Response.json(metadata, { headers: { "cache-control": "no-store" } });
      },
    });
    await expect(emulator.signIn({ as: "grace@acme.test", client })).rejects.toMatchObject({
      code: "sign_in_refused",
      message: "HTTP 400: The client's metadata document did not answer with 200 and JSON.",
    });
  });

  it("meets the faults of the parts that it goes through", async () => {
    const emulator = createEmulator();
    using _ = emulator.fail("token", { status: 503 });
    await expect(emulator.signIn({ as: "grace@acme.test" })).rejects.toThrow("HTTP 503");
    using _down = emulator.fail("all");
    await expect(emulator.signIn({ as: "grace@acme.test" })).rejects.toMatchObject({
      cause: { code: "ECONNREFUSED" },
    });
    emulator.recover();
    using _html = emulator.fail("token", { body: "<html>", contentType: "text/html" });
    await expect(emulator.signIn({ as: "grace@acme.test" })).rejects.toMatchObject({
      code: "sign_in_refused",
      message: "HTTP 200: The token endpoint answered without JSON.",
    });
  });
});
