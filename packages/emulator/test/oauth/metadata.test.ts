import { describe, expect, it } from "vitest";
import { createEmulator } from "../../src/index.js";
import { get } from "../support/oauth-client.js";

describe("metadata", () => {
  it("AS-01 AS-02: publishes the RFC 8414 document that AuthKit publishes", async () => {
    const emulator = createEmulator({ issuer: "https://acme.authkit.app" });
    const { body, headers, status } = await get(
      emulator,
      "/.well-known/oauth-authorization-server",
    );
    expect(status).toBe(200);
    expect(headers.get("content-type")).toMatch(/^application\/json/u);
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(body).toEqual({
      issuer: "https://acme.authkit.app",
      authorization_endpoint: "https://acme.authkit.app/oauth2/authorize",
      token_endpoint: "https://acme.authkit.app/oauth2/token",
      introspection_endpoint: "https://acme.authkit.app/oauth2/introspection",
      jwks_uri: "https://acme.authkit.app/oauth2/jwks",
      registration_endpoint: "https://acme.authkit.app/oauth2/register",
      client_id_metadata_document_supported: true,
      code_challenge_methods_supported: ["S256"],
      grant_types_supported: ["authorization_code", "refresh_token"],
      response_modes_supported: ["query"],
      response_types_supported: ["code"],
      scopes_supported: ["email", "offline_access", "openid", "profile"],
      token_endpoint_auth_methods_supported: ["none", "client_secret_post", "client_secret_basic"],
    });
  });

  it("AS-03: leaves out what is switched off, and then does not do it", async () => {
    const emulator = createEmulator({
      features: { dynamicClientRegistration: false, clientIdMetadataDocuments: false },
    });
    const { body } = await get(emulator, "/.well-known/oauth-authorization-server");
    expect(body).not.toHaveProperty("registration_endpoint");
    expect(body).not.toHaveProperty("client_id_metadata_document_supported");
    const registration = await emulator.fetch(
      new Request(`${emulator.url}/oauth2/register`, { method: "POST", body: "{}" }),
    );
    expect(registration.status).toBe(404);
  });

  it("AS-05: names the iss parameter only while it is sent", async () => {
    const flag = "authorization_response_iss_parameter_supported";
    const off = createEmulator();
    const on = createEmulator({ features: { issuerParameter: true } });
    for (const path of [
      "/.well-known/oauth-authorization-server",
      "/.well-known/openid-configuration",
    ]) {
      expect((await get(off, path)).body).not.toHaveProperty(flag);
      expect((await get(on, path)).body).toHaveProperty(flag, true);
    }
  });

  it("keeps the quirk of the OpenID document: no PKCE, registration or client ID metadata documents", async () => {
    const emulator = createEmulator();
    const { body } = await get(emulator, "/.well-known/openid-configuration");
    expect(body["issuer"]).toBe("http://127.0.0.1:4100");
    expect(body["userinfo_endpoint"]).toBe("http://127.0.0.1:4100/oauth2/userinfo");
    expect(body["grant_types_supported"]).toContain("client_credentials");
    expect(body).not.toHaveProperty("code_challenge_methods_supported");
    expect(body).not.toHaveProperty("registration_endpoint");
    expect(body).not.toHaveProperty("client_id_metadata_document_supported");
  });

  it("answers HEAD without a body, and other methods with 405", async () => {
    const emulator = createEmulator();
    const address = `${emulator.url}/.well-known/oauth-authorization-server`;
    const head = await emulator.fetch(new Request(address, { method: "HEAD" }));
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const post = await emulator.fetch(new Request(address, { method: "POST" }));
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET"]);
  });

  it("lets a browser client ask first, whatever headers it wants to send", async () => {
    const emulator = createEmulator();
    for (const path of [
      "/.well-known/oauth-authorization-server",
      "/oauth2/jwks",
      "/oauth2/token",
      "/oauth2/register",
    ]) {
      const response = await emulator.fetch(
        new Request(`${emulator.url}${path}`, {
          method: "OPTIONS",
          headers: {
            origin: "https://inspector.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "mcp-protocol-version",
          },
        }),
      );
      expect(response.status).toBe(204);
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect(response.headers.get("access-control-allow-headers")).toBe("mcp-protocol-version");
    }
  });

  it("does not open the authorization endpoint or the introspection endpoint to scripts", async () => {
    const emulator = createEmulator();
    for (const path of ["/oauth2/authorize", "/oauth2/introspection", "/user_management/users"]) {
      const response = await emulator.fetch(
        new Request(`${emulator.url}${path}`, { headers: { origin: "https://evil.example" } }),
      );
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
    }
  });
});
