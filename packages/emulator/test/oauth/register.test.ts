import { describe, expect, it } from "vitest";
import { createRegisteredClients } from "../../src/clients/registered-clients.js";
import { callback, postJson } from "../support/oauth-client.js";
import { useEmulator } from "../support/fixture.js";

const shared = useEmulator();

/** As VS Code registers: with the device grant, and with two redirect URIs. */
const visualStudioCode = {
  client_name: "Visual Studio Code",
  client_uri: "https://code.visualstudio.com",
  grant_types: [
    "authorization_code",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
  ],
  response_types: ["code"],
  redirect_uris: ["https://vscode.dev/redirect", "http://127.0.0.1/"],
  scope: "openid profile email offline_access",
  token_endpoint_auth_method: "none",
  application_type: "native",
};

describe("dynamic client registration", () => {
  it("RFC 7591 section 3.2.1: VS Code, which also lists the device grant, gets what is offered", async () => {
    const { body, status } = await postJson(shared.emulator, "/oauth2/register", visualStudioCode);
    expect(status).toBe(201);
    expect(body).toEqual({
      client_id: expect.stringMatching(/^client_01/u),
      client_id_issued_at: 1_767_225_600,
      client_name: "Visual Studio Code",
      redirect_uris: ["https://vscode.dev/redirect", "http://127.0.0.1/"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      scope: "email offline_access openid profile",
    });
  });

  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ["the password grant", { grant_types: ["authorization_code", "password"] }, []],
    ["client credentials", { grant_types: ["authorization_code", "client_credentials"] }, []],
    [
      "an unknown grant",
      { grant_types: ["urn:x", "refresh_token", "authorization_code"] },
      ["refresh_token"],
    ],
    [
      "the implicit grant",
      {
        grant_types: ["authorization_code", "implicit"],
        response_types: ["code", "token", "code id_token"],
      },
      [],
    ],
  ])("registers a client that also lists %s without it", async (_name, metadata, others) => {
    const { body, status } = await postJson(shared.emulator, "/oauth2/register", {
      redirect_uris: [callback],
      ...metadata,
    });
    expect([status, body["grant_types"], body["response_types"]]).toEqual([
      201,
      ["authorization_code", ...others],
      ["code"],
    ]);
  });

  it("RFC 7591 section 2: ignores every member that it does not know or use", async () => {
    const { body, status } = await postJson(shared.emulator, "/oauth2/register", {
      redirect_uris: [callback],
      token_endpoint_auth_method: "none",
      application_type: "native",
      "client_name#ja": "クライアント",
      client_uri: "https://client.example",
      logo_uri: "https://client.example/logo.png",
      tos_uri: "https://client.example/tos",
      policy_uri: "https://client.example/policy",
      contacts: ["ops@client.example"],
      jwks: { keys: [] },
      jwks_uri: "https://client.example/jwks.json",
      software_id: "4NRB1-0XZABZI9E6-5SM3R",
      software_version: "1.2",
      software_statement: "e30.e30.",
      post_logout_redirect_uris: ["https://client.example/bye"],
      require_auth_time: true,
      token_endpoint_auth_signing_alg: "RS256",
      unknown_member: { nested: [null] },
      scope: null,
      client_name: null,
    });
    expect(status).toBe(201);
    expect(Object.keys(body).toSorted()).toEqual([
      "client_id",
      "client_id_issued_at",
      "client_name",
      "grant_types",
      "redirect_uris",
      "response_types",
      "scope",
      "token_endpoint_auth_method",
    ]);
  });

  it("AS-03: answers as RFC 7591 says, with AuthKit's default of client_secret_basic", async () => {
    const { body, headers, status } = await postJson(shared.emulator, "/oauth2/register", {
      client_name: "My Client",
      redirect_uris: [callback],
      logo_uri: "https://evil.example/logo.png",
    });
    expect(status).toBe(201);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toEqual({
      client_id: expect.stringMatching(/^client_01[0-9A-HJKMNP-TV-Z]{24}$/u),
      client_id_issued_at: 1_767_225_600,
      client_secret: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/u),
      client_secret_expires_at: 0,
      client_name: "My Client",
      redirect_uris: [callback],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "client_secret_basic",
      scope: "email offline_access openid profile",
    });
  });

  it("gives a public client no secret", async () => {
    const metadata = { redirect_uris: [callback], token_endpoint_auth_method: "none" };
    const { body } = await postJson(shared.emulator, "/oauth2/register", metadata);
    expect(body["token_endpoint_auth_method"]).toBe("none");
    expect(body).not.toHaveProperty("client_secret");
  });

  it.each([
    "https://app.example/callback",
    "http://localhost:8787/callback",
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "com.example.app:/oauth",
  ])("AS-12: takes %s", async (uri) => {
    const { body, status } = await postJson(shared.emulator, "/oauth2/register", {
      redirect_uris: [uri],
    });
    expect([status, body["redirect_uris"]]).toEqual([201, [uri]]);
  });

  it.each([
    ["no redirect URIs", {}],
    ["an empty list", { redirect_uris: [] }],
    ["a text in place of a list", { redirect_uris: callback }],
    ["something other than texts", { redirect_uris: [1] }],
    ["AS-12: plain http", { redirect_uris: ["http://app.example/callback"] }],
    [
      "AS-12: a scheme without a dot that is no known client's",
      { redirect_uris: ["evil-app:/cb"] },
    ],
    ["AS-12: a scheme of the system", { redirect_uris: ["mailto:ada@evil.example"] }],
    ["AS-12: a browser's extension", { redirect_uris: ["chrome-extension://abcdefgh/cb"] }],
    ["AS-12: one bad among good", { redirect_uris: [callback, "javascript:alert(1)"] }],
    [
      "too many",
      { redirect_uris: Array.from({ length: 51 }, (_, index) => `${callback}/${index}`) },
    ],
  ])("%s is invalid_redirect_uri", async (_name, metadata) => {
    const { body, status } = await postJson(shared.emulator, "/oauth2/register", metadata);
    expect([status, body["error"]]).toEqual([400, "invalid_redirect_uri"]);
  });

  it.each([
    ["no code grant", { grant_types: ["refresh_token"] }],
    ["a list of grants without any", { grant_types: [] }],
    ["a grant that is no text", { grant_types: ["authorization_code", 1] }],
    ["only grants that are not offered", { grant_types: ["password", "client_credentials"] }],
    ["an unknown method", { token_endpoint_auth_method: "private_key_jwt" }],
    ["another response type", { response_types: ["token"] }],
    ["a scope that AuthKit does not have", { scope: "openid reports:read" }],
    ["a scope that is no text", { scope: ["openid"] }],
    ["a name that is no text", { client_name: { en: "x" } }],
    ["a very long name", { client_name: "x".repeat(201) }],
  ])("%s is invalid_client_metadata", async (_name, metadata) => {
    const { body, status } = await postJson(shared.emulator, "/oauth2/register", {
      redirect_uris: [callback],
      ...metadata,
    });
    expect([status, body["error"]]).toEqual([400, "invalid_client_metadata"]);
  });

  it.each([
    ["no JSON", "{", {}],
    ["no object", "[]", {}],
    ["nothing", "null", {}],
    [
      "another media type",
      JSON.stringify({ redirect_uris: [callback] }),
      { "content-type": "text/plain" },
    ],
    ["a body that is too large", JSON.stringify({ x: "x".repeat(70_000) }), {}],
  ])("%s is refused", async (_name, text, headers) => {
    const { body, status } = await postJson(shared.emulator, "/oauth2/register", text, headers);
    expect([status, body["error"]]).toEqual([400, "invalid_client_metadata"]);
  });

  it("keeps a bounded number: the oldest makes room", () => {
    const clients = createRegisteredClients(2);
    for (const id of ["a", "b", "c"]) {
      clients.add({
        id,
        origin: "dynamic-registration",
        name: id,
        redirectUris: [],
        grantTypes: [],
        credentials: { kind: "public" },
      });
    }
    expect(["a", "b", "c"].map((id) => clients.find(id)?.name)).toEqual([undefined, "b", "c"]);
  });
});
