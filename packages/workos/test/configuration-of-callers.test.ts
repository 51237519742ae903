import { describe, expect, it } from "vitest";
import { readConfiguration } from "../src/configuration.js";

const GOOD = {
  apiKey: "sk_test_0123456789",
  clientId: "client_01TEST",
  baseURL: "https://mcp.example.com",
  authkitDomain: "acme.authkit.app",
};

describe("who may call, from where, and with which scopes", () => {
  it("users only unless machines are opted in", () => {
    expect(readConfiguration(GOOD, {}).callers).toEqual(new Set(["user"]));
    expect(readConfiguration({ ...GOOD, callers: ["application", "api-key"] }, {}).callers).toEqual(
      new Set(["application", "api-key"]),
    );
  });

  it.each([
    [{}, { isLoopback: false, origins: undefined }],
    [{ baseURL: "http://localhost:3002" }, { isLoopback: true, origins: undefined }],
    [
      { allowedOrigins: ["https://App.Example.com"] },
      {
        isLoopback: false,
        origins: new Set(["https://app.example.com", "https://mcp.example.com"]),
      },
    ],
  ])("the origin policy of %j", (change, policy) => {
    expect(readConfiguration({ ...GOOD, ...change }, {}).origins).toEqual(policy);
  });

  it.each<[object, string]>([
    [
      { callers: [] },
      "callers must name at least one of user, application, api-key, and nothing else",
    ],
    [
      { callers: ["user", "robot"] as never },
      "callers must name at least one of user, application, api-key, and nothing else",
    ],
    ...["https://app.example.com/", "app.example.com", "https://a.example/path", "", "*"].map(
      (origin): [object, string] => [
        { allowedOrigins: [origin] },
        "allowedOrigins must hold origins such as https://app.example.com: scheme, host and port, no path or slash",
      ],
    ),
  ])("refuses %j", (change, problem) => {
    expect(() => readConfiguration({ ...GOOD, ...change }, {})).toThrow(
      expect.objectContaining({ code: "invalid_configuration", problems: [problem] }),
    );
  });

  it("scopes to publish, none unless given", () => {
    expect(readConfiguration(GOOD, {}).scopesSupported).toEqual([]);
    expect(readConfiguration({ ...GOOD, scopesSupported: ["openid"] }, {}).scopesSupported).toEqual(
      ["openid"],
    );
  });

  it.each([
    [["openid profile"], "scopesSupported must hold OAuth scopes (RFC 6749 section 3.3)"],
    [[""], "scopesSupported must hold OAuth scopes (RFC 6749 section 3.3)"],
    [
      ["openid", "offline_access"],
      "scopesSupported must not hold offline_access: clients ask the authorization server for it",
    ],
  ])("RS-12: refuses to publish the scopes %j", (scopesSupported, problem) => {
    expect(() => readConfiguration({ ...GOOD, scopesSupported }, {})).toThrow(
      expect.objectContaining({ problems: [problem] }),
    );
  });

  it("refuses an option that it does not know: a misspelled rule would silently not be there", () => {
    expect(() => readConfiguration({ ...GOOD, audiance: "resource" } as never, {})).toThrow(
      expect.objectContaining({
        problems: [
          "there is no option audiance; there are apiKey, clientId, baseURL, authkitDomain, docsURL, resourceName, " +
            "scopesSupported, endpoint, apiURL, audience, callers, allowedOrigins, publicPaths, access, organizationInPath, revocation, claims, log, rateLimiter, observers, keepArguments, proxies",
        ],
      }),
    );
  });
});
