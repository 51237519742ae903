import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readConfiguration, type WorkOSProviderConfig } from "../../src/server/configuration.js";
import { ConfigurationError, workosProvider } from "../../src/index.js";
import { GOOD, problemsOf } from "./configuration-problems.js";

const NO_KEY = "apiKey is missing: set it or WORKOS_API_KEY (WorkOS dashboard > API Keys)";
const NO_CLIENT = "clientId is missing: set it or WORKOS_CLIENT_ID (WorkOS dashboard > API Keys)";
const NO_DOMAIN =
  "authkitDomain is missing: set it or WORKOS_AUTHKIT_DOMAIN (WorkOS dashboard > Domains)";
const NO_BASE =
  "baseURL is missing: set it or BASE_URL to the public URL of this server, without the endpoint";
const BAD_KEY =
  "apiKey is no WorkOS API key: those are sk_ and letters, digits, _ or - (dashboard > API Keys)";
const BAD_CLIENT =
  "clientId is no WorkOS client ID: those are client_, letters and digits (dashboard > API Keys)";
const BAD_ENDPOINT =
  "endpoint must be a path such as /mcp, without a trailing slash: as http.endpoint in xmcp.config.ts";
const BAD_AUDIENCE =
  'audience must be "resource" or "environment"; resource identifiers of old belong in formerResources';
const BAD_FORMER =
  "formerResources must be a list of at least one resource identifier such as https://old.example.com/mcp: absolute, without a fragment";
const NOT_HTTPS =
  "must be https; plain http is for this machine only (127.0.0.1, [::1], localhost) and for insecureDevelopmentHosts";

describe("readConfiguration refuses", () => {
  const cases: [string, WorkOSProviderConfig, readonly string[]][] = [
    ["an empty key", { apiKey: "" }, [NO_KEY]],
    ["a blank key", { apiKey: "  " }, [NO_KEY]],
    ["another key", { apiKey: "key_0123456789" }, [BAD_KEY]],
    ["a key with a line break", { apiKey: "sk_test_01\n23" }, [BAD_KEY]],
    ["an empty client", { clientId: "" }, [NO_CLIENT]],
    ["a project's ID", { clientId: "project_01" }, [BAD_CLIENT]],
    [
      "key and client exchanged",
      { apiKey: "client_01TEST", clientId: "sk_test_1" },
      [BAD_KEY, BAD_CLIENT],
    ],
    ["an empty domain", { authkitDomain: "" }, [NO_DOMAIN]],
    ["no domain in a list", { authkitDomain: [] }, [NO_DOMAIN]],
    ["a list of blanks", { authkitDomain: [" ", ""] }, [NO_DOMAIN]],
    [
      "a domain with a path",
      { authkitDomain: "acme.authkit.app/oauth2" },
      [
        "authkitDomain must be a domain only, without path, query or fragment (dashboard > Domains), e.g. yourcompany.authkit.app",
      ],
    ],
    [
      "one bad domain among good ones",
      { authkitDomain: ["acme.authkit.app", "http://acme.example"] },
      [
        "authkitDomain must be https; plain http is for an AuthKit on this machine and for insecureDevelopmentHosts (dashboard > Domains), e.g. yourcompany.authkit.app",
      ],
    ],
    ["an empty base", { baseURL: "" }, [NO_BASE]],
    [
      "a base without a scheme",
      { baseURL: "mcp.example.com" },
      ["baseURL must be an absolute URL, e.g. https://mcp.example.com"],
    ],
    ["plain http", { baseURL: "http://mcp.example.com" }, [`baseURL ${NOT_HTTPS}`]],
    ["every address of this machine", { baseURL: "http://0.0.0.0:3002" }, [`baseURL ${NOT_HTTPS}`]],
    ["another scheme", { baseURL: "ftp://mcp.example.com" }, [`baseURL ${NOT_HTTPS}`]],
    [
      "a query",
      { baseURL: "https://mcp.example.com?x=1" },
      ["baseURL must have no query, fragment or credentials"],
    ],
    [
      "a fragment",
      { baseURL: "https://mcp.example.com#x" },
      ["baseURL must have no query, fragment or credentials"],
    ],
    // Which the URL parser calls neither.
    [
      "an empty query",
      { baseURL: "https://mcp.example.com/?" },
      ["baseURL must have no query, fragment or credentials"],
    ],
    [
      "an empty fragment",
      { baseURL: "https://mcp.example.com/#" },
      ["baseURL must have no query, fragment or credentials"],
    ],
    [
      "a user",
      { baseURL: "https://me@mcp.example.com" },
      ["baseURL must have no query, fragment or credentials"],
    ],
    [
      "a password",
      { baseURL: "https://:pw@mcp.example.com" },
      ["baseURL must have no query, fragment or credentials"],
    ],
    [
      "the endpoint in the base",
      { baseURL: "https://mcp.example.com/mcp" },
      ["baseURL ends with the endpoint /mcp, which would double it: leave the endpoint off"],
    ],
    [
      "the endpoint and a slash in the base",
      { baseURL: "HTTPS://Mcp.Example.com/mcp/" },
      ["baseURL ends with the endpoint /mcp, which would double it: leave the endpoint off"],
    ],
    ["an endpoint without a slash", { endpoint: "mcp" }, [BAD_ENDPOINT]],
    ["an endpoint with a slash behind", { endpoint: "/mcp/" }, [BAD_ENDPOINT]],
    ["an empty endpoint", { endpoint: "" }, [BAD_ENDPOINT]],
    ["an endpoint with a double slash", { endpoint: "//mcp" }, [BAD_ENDPOINT]],
    ["an endpoint with a parameter", { endpoint: "/:mcp" }, [BAD_ENDPOINT]],
    ["an endpoint that is encoded", { endpoint: "/%6dcp" }, [BAD_ENDPOINT]],
    ["an endpoint with a query", { endpoint: "/mcp?x" }, [BAD_ENDPOINT]],
    ["an endpoint that goes up", { endpoint: "/a/../mcp" }, [BAD_ENDPOINT]],
    ["an endpoint that stays", { endpoint: "/./mcp" }, [BAD_ENDPOINT]],
    ["an endpoint that ends above", { endpoint: "/mcp/.." }, [BAD_ENDPOINT]],
    [
      "documentation that is no URL",
      { docsURL: "docs" },
      ["docsURL must be a string with an absolute http or https URL, or left out"],
    ],
    [
      "documentation that is a script",
      { docsURL: "javascript:alert(1)" },
      ["docsURL must be a string with an absolute http or https URL, or left out"],
    ],
    [
      "an audience that is one string",
      { audience: "https://mcp.example.com/mcp" as never },
      [BAD_AUDIENCE],
    ],
    [
      "an API that is no URL",
      { apiURL: "api" },
      ["apiURL must be an absolute URL, e.g. https://mcp.example.com"],
    ],
    ["an API over plain http", { apiURL: "http://api.example.com" }, [`apiURL ${NOT_HTTPS}`]],
    ["an API with a path", { apiURL: "https://api.example.com/v1" }, ["apiURL must have no path"]],
    [
      "a public path without a slash",
      { publicPaths: ["health"] },
      ["publicPaths[0] must begin with a slash"],
    ],
    [
      "the endpoint as public path",
      { publicPaths: ["/mcp"] },
      ["publicPaths[0] /mcp would open the MCP endpoint /mcp; take it off the list"],
    ],
    [
      "the endpoint in capitals",
      { publicPaths: ["/MCP"] },
      ["publicPaths[0] /MCP would open the MCP endpoint /mcp; take it off the list"],
    ],
    [
      "the endpoint with a slash",
      { publicPaths: ["/mcp/"] },
      ["publicPaths[0] /mcp/ would open the MCP endpoint /mcp; take it off the list"],
    ],
    [
      "the endpoint as it is called from outside",
      { baseURL: "https://example.com/tools", publicPaths: ["/tools/mcp"] },
      ["publicPaths[0] /tools/mcp would open the MCP endpoint /mcp; take it off the list"],
    ],
    [
      "a webhook at the endpoint as it is called from outside",
      {
        baseURL: "https://example.com/tools",
        revocation: { webhook: { secret: "s", path: "/tools/mcp" } },
      },
      ["revocation.webhook.path must not be the MCP endpoint /mcp or below it"],
    ],
    [
      "a webhook at the root that is the endpoint",
      { endpoint: "/", revocation: { webhook: { secret: "s", path: "/" } } },
      ["revocation.webhook.path must not be the MCP endpoint / or below it"],
    ],
    [
      "a path below the endpoint",
      { publicPaths: ["/mcp/info"] },
      ["publicPaths[0] /mcp/info would open the MCP endpoint /mcp; take it off the list"],
    ],
    [
      "an encoded slash behind it",
      { publicPaths: ["/mcp%2f"] },
      ["publicPaths[0] /mcp%2f would open the MCP endpoint /mcp; take it off the list"],
    ],
    [
      "any public path when all is the endpoint",
      { endpoint: "/", publicPaths: ["/health"] },
      ["publicPaths[0] /health would open the MCP endpoint /; take it off the list"],
    ],
    [
      "an audience that is a list, as it was once",
      { audience: ["https://old.example/mcp"] as never },
      [BAD_AUDIENCE],
    ],
    ["no former resource", { formerResources: [] as never }, [BAD_FORMER]],
    ["a former resource that is no URL", { formerResources: ["mcp"] }, [BAD_FORMER]],
    ["a former resource that is a client ID", { formerResources: ["client_01X"] }, [BAD_FORMER]],
    [
      "a former resource with a fragment",
      { formerResources: ["https://old.example/mcp#x"] },
      [BAD_FORMER],
    ],
    [
      "claims that are no schema",
      { claimsSchema: { team: "string" } as never },
      ["claimsSchema must be a Standard Schema, such as a zod object"],
    ],
    [
      "claims without a validate",
      { claimsSchema: { "~standard": {} } as never },
      ["claimsSchema must be a Standard Schema, such as a zod object"],
    ],
  ];
  it.each(cases)("RS-58: %s", (_, change, problems) => {
    expect(problemsOf({ ...GOOD, ...change })).toEqual(problems);
  });

  it("every problem at once, each with its cure", () => {
    expect(
      problemsOf({ endpoint: "mcp", docsURL: "x", publicPaths: ["y"], audience: ["z"] as never }),
    ).toEqual([
      "docsURL must be a string with an absolute http or https URL, or left out",
      BAD_ENDPOINT,
      BAD_AUDIENCE,
      NO_KEY,
      NO_CLIENT,
      NO_DOMAIN,
      NO_BASE,
      "publicPaths[0] must begin with a slash",
    ]);
  });

  it("nothing given at all, when the provider is made", () => {
    expect(() => workosProvider({}, { env: {} })).toThrow(
      `workosProvider() cannot start:\n  - ${NO_KEY}\n  - ${NO_CLIENT}\n  - ${NO_DOMAIN}\n  - ${NO_BASE}`,
    );
  });

  it("RS-57: quotes no value that may be a secret", () => {
    const canary = "canary_5f2b";
    const config = {
      apiKey: canary,
      clientId: canary,
      authkitDomain: `https://u:${canary}@acme.authkit.app`,
      baseURL: `https://u:${canary}@mcp.example.com`,
      apiURL: `ftp://${canary}`,
      docsURL: canary,
      audience: canary as never,
      formerResources: [canary] as const,
    };
    let thrown: unknown;
    try {
      workosProvider(config, { env: { WORKOS_API_KEY: canary } });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigurationError);
    const text = inspect(thrown, { depth: Infinity, showHidden: true });
    expect(text).not.toContain(canary);
    expect((thrown as ConfigurationError).problems).toHaveLength(8);
  });
});

describe("readConfiguration completes", () => {
  const ENV = {
    WORKOS_API_KEY: "sk_live_env",
    WORKOS_CLIENT_ID: "client_ENV",
    WORKOS_AUTHKIT_DOMAIN: "env.authkit.app",
    BASE_URL: "https://env.example.com",
    WORKOS_API_URL: "https://api.example.com",
  };

  it("everything from the environment", () => {
    expect(readConfiguration({}, ENV)).toMatchObject({
      apiKey: "sk_live_env",
      clientId: "client_ENV",
      issuers: ["https://env.authkit.app"],
      resource: "https://env.example.com/mcp",
      endpoint: "/mcp",
      apiUrl: new URL("https://api.example.com/"),
    });
  });

  it('empty options from the environment, as `process.env.X || ""` makes them', () => {
    const empty = { apiKey: "", clientId: " ", authkitDomain: "", baseURL: "" };
    expect(readConfiguration(empty, ENV)).toMatchObject({
      apiKey: "sk_live_env",
      clientId: "client_ENV",
    });
  });

  it("and prefers an option to the environment", () => {
    expect(readConfiguration(GOOD, ENV)).toMatchObject({
      apiKey: "sk_test_0123456789",
      clientId: "client_01TEST",
      issuers: ["https://acme.authkit.app"],
      resource: "https://mcp.example.com/mcp",
    });
  });

  it.each([
    ["an option with commas", { ...GOOD, authkitDomain: "auth.acme.com, acme.authkit.app," }, {}],
    ["a list", { ...GOOD, authkitDomain: ["https://auth.acme.com/", "acme.authkit.app"] }, {}],
    [
      "the variable",
      { ...GOOD, authkitDomain: "" },
      { WORKOS_AUTHKIT_DOMAIN: "auth.acme.com,acme.authkit.app" },
    ],
    [
      "doubles",
      { ...GOOD, authkitDomain: ["auth.acme.com", "AUTH.acme.com", "acme.authkit.app"] },
      {},
    ],
  ])("several domains from %s", (_, config, env) => {
    expect(readConfiguration(config, env).issuers).toEqual([
      "https://auth.acme.com",
      "https://acme.authkit.app",
    ]);
  });

  it.each([
    [{}, "https://mcp.example.com/mcp"],
    [{ baseURL: "https://mcp.example.com/" }, "https://mcp.example.com/mcp"],
    [{ baseURL: "HTTPS://MCP.Example.COM" }, "https://mcp.example.com/mcp"],
    [{ baseURL: "https://mcp.example.com:443" }, "https://mcp.example.com/mcp"],
    [{ baseURL: "https://mcp.example.com/tenant/" }, "https://mcp.example.com/tenant/mcp"],
    [{ baseURL: "http://127.0.0.1:3002" }, "http://127.0.0.1:3002/mcp"],
    [{ baseURL: "http://localhost:3002/" }, "http://localhost:3002/mcp"],
    [{ endpoint: "/api/v1.0/mcp_x~y-z" }, "https://mcp.example.com/api/v1.0/mcp_x~y-z"],
    [{ endpoint: "/" }, "https://mcp.example.com"],
    [{ endpoint: "/", baseURL: "https://mcp.example.com/" }, "https://mcp.example.com"],
  ])("RS-07: the resource of %j is %s", (change, resource) => {
    expect(readConfiguration({ ...GOOD, ...change }, {}).resource).toBe(resource);
  });

  it("the audience policy", () => {
    const policyOf = (change: WorkOSProviderConfig): unknown =>
      readConfiguration({ ...GOOD, ...change }, {}).audience;
    const shared = { resource: "https://mcp.example.com/mcp", clientId: "client_01TEST" };
    expect(policyOf({})).toEqual({
      ...shared,
      resources: new Set(["https://mcp.example.com/mcp"]),
      environment: "until-registered",
    });
    expect(policyOf({ audience: "resource" })).toMatchObject({ environment: "refused" });
    expect(policyOf({ audience: "environment" })).toMatchObject({ environment: "accepted" });
    expect(policyOf({ formerResources: ["https://old.example/mcp"] })).toEqual({
      ...shared,
      resources: new Set(["https://mcp.example.com/mcp", "https://old.example/mcp"]),
      environment: "until-registered",
    });
  });

  it("what is optional, and takes a schema as it is", () => {
    const claimsSchema = z.object({ team: z.string() });
    const settings = readConfiguration(
      {
        ...GOOD,
        claimsSchema,
        docsURL: "https://d.example/x",
        resourceName: " Docs ",
        publicPaths: ["/health", "/mcp-info"],
      },
      {},
    );
    expect(settings.claimsSchema).toBe(claimsSchema);
    expect(settings).toMatchObject({ docsUrl: "https://d.example/x", resourceName: "Docs" });
    expect(settings.publicPaths).toEqual(new Set(["/health", "/mcp-info"]));
    expect(readConfiguration({ ...GOOD, docsURL: "", resourceName: "" }, {})).toMatchObject({
      docsUrl: undefined,
      resourceName: undefined,
      claimsSchema: undefined,
    });
  });

  it("a host that is called as the endpoint is, and a webhook beside an endpoint that is the root", () => {
    expect(readConfiguration({ ...GOOD, baseURL: "https://mcp" }, {}).resource).toBe(
      "https://mcp/mcp",
    );
    const webhook = { secret: "s", path: "/workos" };
    const settings = readConfiguration({ ...GOOD, endpoint: "/", revocation: { webhook } }, {});
    expect(settings.revocation?.webhook).toEqual(webhook);
    const below = { ...GOOD, baseURL: "https://example.com/api", endpoint: "/" };
    for (const path of ["/api/workos", "/workos"]) {
      expect(
        readConfiguration({ ...below, revocation: { webhook: { ...webhook, path } } }, {}).endpoint,
      ).toBe("/");
    }
  });

  it("without touching what it was given", () => {
    const config = Object.freeze({ ...GOOD, publicPaths: Object.freeze(["/health"]) });
    expect(Object.isFrozen(readConfiguration(config, Object.freeze({})))).toBe(true);
  });
});
