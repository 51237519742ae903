import { describe, expect, it } from "vitest";
import { isIssuerMetadata } from "../../src/standards/authorization-server.js";

const ISSUER = "https://acme.authkit.app";
const GOOD = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/oauth2/authorize`,
  token_endpoint: `${ISSUER}/oauth2/token`,
  jwks_uri: `${ISSUER}/oauth2/jwks`,
  response_types_supported: ["code"],
  service_documentation: "https://elsewhere.example/docs",
};

describe("isMetadataOf", () => {
  it("accepts a document that names this issuer and stays on its origin", () => {
    expect(isIssuerMetadata(ISSUER, GOOD)).toBe(true);
    expect(isIssuerMetadata(ISSUER, { issuer: ISSUER })).toBe(true);
    expect(
      isIssuerMetadata("http://127.0.0.1:9", {
        issuer: "http://127.0.0.1:9",
        token_endpoint: "http://127.0.0.1:9/t",
      }),
    ).toBe(true);
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a string", ISSUER],
    ["a list", [GOOD]],
    ["an empty object", {}],
  ])("refuses %s", (_, document) => {
    expect(isIssuerMetadata(ISSUER, document)).toBe(false);
  });

  it.each([
    ["another issuer", "https://evil.example"],
    ["a trailing slash", `${ISSUER}/`],
    ["another letter case", "https://ACME.authkit.app"],
    ["a port", `${ISSUER}:443`],
    ["a list", [ISSUER]],
    ["nothing", undefined],
  ])("RS-44: refuses %s as the issuer", (_, issuer) => {
    expect(isIssuerMetadata(ISSUER, { ...GOOD, issuer })).toBe(false);
  });

  it.each([
    ["authorization_endpoint", "https://evil.example/authorize"],
    ["token_endpoint", "https://acme.authkit.app.evil.example/token"],
    ["token_endpoint", "https://acme.authkit.app@evil.example/token"],
    ["token_endpoint", "http://acme.authkit.app/token"],
    ["token_endpoint", "https://acme.authkit.app:444/token"],
    ["registration_endpoint", "//evil.example/register"],
    ["registration_endpoint", "javascript:alert(1)"],
    ["introspection_endpoint", 7],
    ["revocation_endpoint", null],
    ["future_endpoint", ["https://acme.authkit.app/x"]],
    ["jwks_uri", "https://evil.example/jwks"],
    ["jwks_uri", "data:application/json,{}"],
    ["mtls_endpoint_aliases", { token_endpoint: "https://evil.example/token" }],
    ["mtls_endpoint_aliases", "https://evil.example"],
    ["mtls_endpoint_aliases", null],
  ])("refuses %s = %j", (member, value) => {
    expect(isIssuerMetadata(ISSUER, { ...GOOD, [member]: value })).toBe(false);
  });

  it("accepts mTLS aliases on the issuer's origin", () => {
    expect(
      isIssuerMetadata(ISSUER, {
        ...GOOD,
        mtls_endpoint_aliases: { token_endpoint: `${ISSUER}/mtls` },
      }),
    ).toBe(true);
  });
});
