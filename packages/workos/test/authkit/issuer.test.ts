import { describe, expect, it } from "vitest";
import { jwksUrl, parseAuthKitDomain } from "../../src/authkit/issuer.js";

describe("parseAuthKitDomain", () => {
  it.each([
    ["acme.authkit.app", "https://acme.authkit.app"],
    ["  acme.authkit.app\n", "https://acme.authkit.app"],
    ["acme.authkit.app/", "https://acme.authkit.app"],
    ["https://acme.authkit.app", "https://acme.authkit.app"],
    ["https://acme.authkit.app/", "https://acme.authkit.app"],
    ["HTTPS://Auth.Acme.COM", "https://auth.acme.com"],
    ["acme.authkit.app:443", "https://acme.authkit.app"],
    ["acme.authkit.app:8443", "https://acme.authkit.app:8443"],
    ["http://localhost:4100", "http://localhost:4100"],
    ["http://127.0.0.1:4100/", "http://127.0.0.1:4100"],
    ["http://[::1]:4100", "http://[::1]:4100"],
    ["localhost:4100", "https://localhost:4100"],
    ["bücher.example", "https://xn--bcher-kva.example"],
  ])("RS-44: reads %j as the issuer %s", (domain, issuer) => {
    expect(parseAuthKitDomain(domain)).toEqual({ ok: true, issuer });
  });

  it.each([
    ["", "is neither a host name nor a URL"],
    ["https://", "is neither a host name nor a URL"],
    ["two words", "has a blank, a quotation mark or a backslash in it"],
    ["acme.authkit.app:99999", "is neither a host name nor a URL"],
    ["http://", "is neither a host name nor a URL"],
    ["user@acme.authkit.app", "must not carry a user name or password"],
    ["https://u:p@acme.authkit.app", "must not carry a user name or password"],
    ["https://:p@acme.authkit.app", "must not carry a user name or password"],
    ["acme.authkit.app/oauth2", "must be a domain only, without path, query or fragment"],
    ["acme.authkit.app?x=1", "must be a domain only, without path, query or fragment"],
    ["acme.authkit.app#x", "must be a domain only, without path, query or fragment"],
    ["ftp://acme.authkit.app", "must be a domain only, without path, query or fragment"],
    [
      "http://acme.authkit.app",
      "must be https; plain http is for an AuthKit on this machine and for insecureDevelopmentHosts",
    ],
    [
      "http://127.0.0.1.evil.example",
      "must be https; plain http is for an AuthKit on this machine and for insecureDevelopmentHosts",
    ],
    [
      "http://0.0.0.0:4100",
      "must be https; plain http is for an AuthKit on this machine and for insecureDevelopmentHosts",
    ],
  ])("RS-58: says what is wrong with %j", (domain, problem) => {
    expect(parseAuthKitDomain(domain)).toEqual({ ok: false, problem });
  });
});

it("knows where AuthKit publishes its keys", () => {
  expect(jwksUrl("https://acme.authkit.app")).toBe("https://acme.authkit.app/oauth2/jwks");
});
