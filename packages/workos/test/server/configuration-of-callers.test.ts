import { describe, expect, it } from "vitest";
import { readConfiguration } from "../../src/server/configuration.js";
import { GOOD, problemsOf } from "./configuration-problems.js";

describe("who may call, from where, and with which scopes", () => {
  it("users only unless machines are opted in", () => {
    expect(readConfiguration(GOOD, {}).callers).toEqual(new Set(["user"]));
    expect(readConfiguration({ ...GOOD, callers: ["application", "api-key"] }, {}).callers).toEqual(
      new Set(["application", "api-key"]),
    );
  });

  it.each([
    [{}, { localHosts: undefined, origins: undefined }],
    [{ baseURL: "http://localhost:3002" }, { localHosts: new Set(), origins: undefined }],
    [
      { allowedOrigins: ["https://App.Example.com"] },
      {
        localHosts: undefined,
        origins: new Set(["https://app.example.com", "https://mcp.example.com"]),
      },
    ],
    [
      { allowedOrigins: ["http://app.example.com:8080", "chrome-extension://abcdef"] },
      {
        localHosts: undefined,
        origins: new Set([
          "http://app.example.com:8080",
          "chrome-extension://abcdef",
          "https://mcp.example.com",
        ]),
      },
    ],
  ])("the origin policy of %j", (change, policy) => {
    expect(readConfiguration({ ...GOOD, ...change }, {}).origins).toEqual(policy);
  });

  it.each<[object, ...string[]]>([
    [
      { callers: [] },
      "callers must be a list of at least one of user, application, api-key, and of nothing else",
    ],
    [{ callers: ["agent"] }, 'callers must not hold "agent": agents are not supported yet'],
    [{ callers: ["user", "agent"] }, 'callers must not hold "agent": agents are not supported yet'],
    [
      { callers: ["user", "robot"] as never },
      "callers must be a list of at least one of user, application, api-key, and of nothing else",
    ],
    ...["app.example.com", "app.example.com:443", "", "*", "https://*.example.com", "null"].map(
      (origin): [object, string] => [
        { allowedOrigins: ["https://app.example.com", origin] },
        "allowedOrigins must be a list of origins such as https://app.example.com: scheme, host and port, no path, slash or star",
      ],
    ),
    ...[
      "https://app.example.com/",
      "https://app.example.com:443",
      "https://app.example.com/path",
      "https://me:secret@app.example.com",
      " https://app.example.com",
      "https://app.example.com:",
    ].map((origin): [object, string] => [
      { allowedOrigins: ["https://app.example.com", origin] },
      "allowedOrigins[1] can match nothing: browsers write it https://app.example.com",
    ]),
    [
      { allowedOrigins: ["https://bücher.example", "http://127.1:80"] },
      "allowedOrigins[0] can match nothing: browsers write it https://xn--bcher-kva.example",
      "allowedOrigins[1] can match nothing: browsers write it http://127.0.0.1",
    ],
  ])("refuses %j", (change, ...problems) => {
    expect(problemsOf({ ...GOOD, ...change })).toEqual(problems);
  });

  it("scopes to publish, none unless given", () => {
    expect(readConfiguration(GOOD, {}).scopesSupported).toEqual([]);
    expect(readConfiguration({ ...GOOD, scopesSupported: ["openid"] }, {}).scopesSupported).toEqual(
      ["openid"],
    );
  });

  it.each([
    [["openid profile"], "scopesSupported must be a list of OAuth scopes (RFC 6749 section 3.3)"],
    [[""], "scopesSupported must be a list of OAuth scopes (RFC 6749 section 3.3)"],
    [
      ["openid", "offline_access"],
      "scopesSupported must not hold offline_access: clients ask the authorization server for it",
    ],
  ])("RS-12: refuses to publish the scopes %j", (scopesSupported, problem) => {
    expect(problemsOf({ ...GOOD, scopesSupported })).toEqual([problem]);
  });

  it("refuses an option that it does not know: a misspelled rule would silently not be there", () => {
    const renamed = { proxies: 1, keepArguments: {}, claims: {}, developmentHosts: [] };
    expect(problemsOf({ ...GOOD, ...renamed })).toEqual([
      "proxies is now called trustedProxyCount",
      "keepArguments is now called recordArguments",
      "claims is now called claimsSchema",
      "developmentHosts is now called insecureDevelopmentHosts",
    ]);
    const guessed = { logger: console, domain: "x", trustedProxies: 1, scopes: [], audit: true };
    expect(problemsOf({ ...GOOD, ...guessed })).toEqual([
      "logger is unknown: is log: { logger } meant?",
      "domain is unknown: is authkitDomain meant?",
      "trustedProxies is unknown: is trustedProxyCount meant?",
      "scopes is unknown: is scopesSupported meant?",
      "audit is unknown: is observers: [auditLogs()] meant?",
    ]);
    const misspelled = { audiance: "resource", baseUrl: "https://x.example", acess: {}, secret: 1 };
    expect(problemsOf({ ...GOOD, ...misspelled })).toEqual([
      "audiance is unknown: is audience meant?",
      "baseUrl is unknown: is baseURL meant?",
      "acess is unknown: is access meant?",
      "secret is unknown; there are apiKey, clientId, baseURL, authkitDomain, docsURL, resourceName, " +
        "scopesSupported, endpoint, apiURL, audience, formerResources, callers, allowedOrigins, publicPaths, access, organizationInPath, revocation, claimsSchema, clockToleranceSeconds, log, rateLimiter, maxStreamsPerCaller, observers, recordArguments, trustedProxyCount, trustedHeaders, exitWhenUnguarded, insecureDevelopmentHosts",
    ]);
  });
});
