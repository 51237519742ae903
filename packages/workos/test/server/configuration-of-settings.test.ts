import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readConfiguration } from "../../src/server/configuration.js";
import { cleanSetting } from "../../src/standards/setting.js";
import { GOOD, problemsOf } from "./configuration-problems.js";

/** What an environment file or a paste leaves around a value. */
const AROUND: readonly ((value: string) => string)[] = [
  (value) => `${value} `,
  (value) => `\t${value}\r\n`,
  (value) => `"${value}"`,
  (value) => `'${value}'`,
  (value) => `${value}\\n`,
  (value) => `${value}\\r\\n`,
  (value) => `"${value}\\n"\n`,
];

describe("a value with what an environment file leaves around it", () => {
  it.each(AROUND.map((around) => [around("value"), around] as const))(
    "is read: %j",
    (_, around) => {
      const settings = readConfiguration(
        { revocation: { webhook: { secret: around("whsec_1"), path: "/webhook" } } },
        {
          WORKOS_API_KEY: around(GOOD.apiKey),
          WORKOS_CLIENT_ID: around(GOOD.clientId),
          WORKOS_AUTHKIT_DOMAIN: around("acme.authkit.app,login.acme.com"),
          WORKOS_API_URL: around("https://api.example.com"),
          BASE_URL: around("https://mcp.example.com"),
        },
      );
      expect(settings).toMatchObject({
        apiKey: "sk_test_0123456789",
        clientId: "client_01TEST",
        issuers: ["https://acme.authkit.app", "https://login.acme.com"],
        apiUrl: new URL("https://api.example.com"),
        resource: "https://mcp.example.com/mcp",
        revocation: { webhook: { secret: "whsec_1", path: "/webhook" } },
      });
    },
  );

  it("is the same as before when nothing is around it", () => {
    fc.assert(
      fc.property(fc.webUrl(), (url) => {
        expect(cleanSetting(url)).toBe(url);
      }),
    );
  });

  it("is empty when that is all there is", () => {
    for (const text of ["", " ", '""', "''", '" "', "\\n", '"\\n"'])
      expect(cleanSetting(text)).toBe("");
  });
});

describe("a value that can be meant in several ways", () => {
  const ODD = "has a blank, a quotation mark or a backslash in it";
  it.each([
    "https://mcp. example.com",
    "https://mcp.example.com\\x",
    'https://"mcp".example.com',
    "https://mcp\n.example.com",
  ])("is refused as a base: %j", (baseURL) => {
    expect(problemsOf({ ...GOOD, baseURL })).toEqual([`baseURL ${ODD}`]);
  });

  it("is refused as an API, a domain and a secret", () => {
    expect(
      problemsOf({
        ...GOOD,
        apiURL: "https://api.example.com\\v1",
        authkitDomain: "acme authkit.app",
        revocation: { webhook: { secret: "whsec 1", path: "/webhook" } },
      }),
    ).toEqual([
      `authkitDomain ${ODD} (dashboard > Domains), e.g. yourcompany.authkit.app`,
      `apiURL ${ODD}`,
      `revocation.webhook.secret ${ODD}; paste it anew from the dashboard (Webhooks)`,
    ]);
  });
});

describe("a public server", () => {
  const CURE =
    "is on this machine, and baseURL is public: set both for one place. If a tunnel to this machine is meant, name the host in insecureDevelopmentHosts";

  it.each(["http://127.0.0.1:4100", "https://localhost", "http://[::1]:4100", "a.localhost"])(
    "trusts no issuer and no API of its own machine: %s",
    (local) => {
      expect(problemsOf({ ...GOOD, authkitDomain: local })).toEqual([`authkitDomain ${CURE}`]);
      const apiURL = local.startsWith("http") ? local : `https://${local}`;
      expect(problemsOf({ ...GOOD, apiURL })).toEqual([`apiURL ${CURE}`]);
    },
  );

  it("may in development, when the host is named", () => {
    const local = { authkitDomain: "http://localhost:4100", apiURL: "http://localhost:4100" };
    expect(problemsOf({ ...GOOD, ...local, insecureDevelopmentHosts: ["localhost"] })).toEqual([]);
  });
});

describe("insecureDevelopmentHosts", () => {
  const CONTAINERS = {
    ...GOOD,
    baseURL: "http://mcp:3002",
    authkitDomain: "http://host.docker.internal:4100",
    apiURL: "http://authkit:4100",
  };

  it("let containers be named with plain http, in any letter case", () => {
    const insecureDevelopmentHosts = ["MCP", "host.docker.internal", "authkit"];
    expect(readConfiguration({ ...CONTAINERS, insecureDevelopmentHosts }, {})).toMatchObject({
      resource: "http://mcp:3002/mcp",
      issuers: ["http://host.docker.internal:4100"],
      origins: { localHosts: new Set(["mcp", "host.docker.internal", "authkit"]) },
    });
  });

  it("RS-58: are needed for that, each of them", () => {
    expect(problemsOf({ ...CONTAINERS, insecureDevelopmentHosts: ["authkit"] })).toEqual([
      "authkitDomain must be https; plain http is for an AuthKit on this machine and for insecureDevelopmentHosts (dashboard > Domains), e.g. yourcompany.authkit.app",
      "baseURL must be https; plain http is for this machine only (127.0.0.1, [::1], localhost) and for insecureDevelopmentHosts",
    ]);
  });

  it("RS-58: are refused in production, where an empty list is nothing", () => {
    const production = { NODE_ENV: "production" };
    expect(problemsOf({ ...GOOD, insecureDevelopmentHosts: ["mcp"] }, production)).toEqual([
      "insecureDevelopmentHosts must not be set with NODE_ENV=production: give those hosts https, and leave it out",
    ]);
    expect(problemsOf({ ...GOOD, insecureDevelopmentHosts: [] }, production)).toEqual([]);
  });
});
