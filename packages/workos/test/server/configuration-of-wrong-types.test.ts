import { inspect } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { ConfigurationError, workosProvider } from "../../src/index.js";

/** Nothing of it may be said again, wherever it was put. */
const CANARY = "sk_live_canary_5f2b";

const GOOD = {
  apiKey: "sk_test_0123456789",
  clientId: "client_01TEST",
  baseURL: "https://mcp.example.com",
  authkitDomain: "acme.authkit.app",
};

beforeEach(() => {
  vi.spyOn(console, "info").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const SURROUNDINGS = {
  env: {},
  fetch: () => Promise.reject(new Error("no network")),
  schedule: () => () => undefined,
};

/** What is wrong; nothing when the provider was made. Anything but a ConfigurationError is thrown on. */
function problemsOf(
  config: unknown,
  env: Record<string, string | undefined> = {},
): readonly string[] {
  try {
    const middleware: unknown = workosProvider(config as never, { ...SURROUNDINGS, env });
    if (typeof middleware !== "function") throw new Error("is no middleware");
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const text = inspect(error, { depth: Infinity, showHidden: true });
    if (text.includes(CANARY)) throw new Error(`quotes a secret: ${text}`, { cause: error });
    return error.problems.map(({ message }) => message);
  }
}

const KEY = "apiKey must be a string: a WorkOS API key, sk_… (dashboard > API Keys)";
const CLIENT = "clientId must be a string: a WorkOS client ID, client_… (dashboard > API Keys)";
const BASE = 'baseURL must be a string such as "https://mcp.example.com"';
const DOMAIN =
  'authkitDomain must be a string such as "yourcompany.authkit.app", or a list of such strings';
const DOCS = "docsURL must be a string with an absolute http or https URL, or left out";
const NAME = "resourceName must be a string: the name of this server for people";
const SCOPES = "scopesSupported must be a list of OAuth scopes (RFC 6749 section 3.3)";
const ENDPOINT =
  "endpoint must be a path such as /mcp, without a trailing slash: as http.endpoint in xmcp.config.ts";
const API = 'apiURL must be a string such as "https://api.workos.com"';
const AUDIENCE =
  'audience must be "resource" or "environment"; resource identifiers of old belong in formerResources';
const FORMER =
  "formerResources must be a list of at least one resource identifier such as https://old.example.com/mcp: absolute, without a fragment";
const CALLERS =
  "callers must be a list of at least one of user, application, api-key, and of nothing else";
const ORIGINS =
  "allowedOrigins must be a list of origins such as https://app.example.com: scheme, host and port, no path, slash or star";
const PATHS = "publicPaths must be a list of paths such as /status";
const ACCESS = "access must be an object with tools, resources and prompts";
const IN_PATH = "organizationInPath must be true or false";
const REVOCATION =
  "revocation must be true, or an object with pollSeconds, webhook, maxTokenLifetimeSeconds, consentCheckSeconds, failClosedAfterSeconds";
const CLAIMS = "claimsSchema must be a Standard Schema, such as a zod object";
const LOG = "log must be false, or an object with level, format or logger";
const LIMITER = "rateLimiter must have consume(), as the limiters of rate-limiter-flexible do";
const OBSERVERS = "observers must be a list of observers, such as [auditLogs()]";
const ARGUMENTS = 'recordArguments must name arguments by tool: { refund: ["id"] }';
const TRUSTED =
  "trustedHeaders must be a list of header field names such as x-real-ip; authorization is always withheld";
const TOLERANCE = "clockToleranceSeconds must be a number of seconds from 0 to 60";
const DEVELOPMENT =
  "insecureDevelopmentHosts must be a list of host names without scheme and port, such as host.docker.internal";
const PROXIES =
  "trustedProxyCount must be how many of your own proxies a request passes, such as 1";

const line = (): undefined => undefined;

describe("a value of the wrong type is one sentence, and never a TypeError", () => {
  const odd = (option: string, problem: string, ...values: unknown[]): [object, string][] =>
    values.map((value) => [{ [option]: value }, problem]);

  it.each([
    ...odd("apiKey", KEY, 123, null, [CANARY], { key: CANARY }, Symbol(CANARY), 1n),
    ...odd("clientId", CLIENT, 123, null, ["client_01TEST"]),
    ...odd("baseURL", BASE, 42, null, new URL("https://mcp.example.com"), ["https://a.example"]),
    ...odd("authkitDomain", DOMAIN, 42, null, {}, ["acme.authkit.app", 42]),
    ...odd("docsURL", DOCS, 5, null, new URL("https://docs.example.com"), ["https://d.example"]),
    ...odd("resourceName", NAME, 5, null, ["Acme"], {}),
    ...odd("scopesSupported", SCOPES, "openid", 5, null, ["openid", 5], {}),
    ...odd("endpoint", ENDPOINT, 5, null, ["/mcp"], true),
    ...odd("apiURL", API, 5, null, new URL("https://api.workos.com"), {}),
    ...odd("audience", AUDIENCE, 5, null, {}, [5], "client", ["https://a.example"]),
    ...odd("formerResources", FORMER, 5, null, {}, [], [5], "https://a.example", [Symbol("x")]),
    ...odd("callers", CALLERS, "user", null, 5, {}, [null], [["user"]], new Set(["user"])),
    ...odd("allowedOrigins", ORIGINS, "https://x.example", null, 5, [5], [null]),
    ...odd("publicPaths", PATHS, "/status", null, 5, [5], [null], [undefined], new Set(["/x"])),
    ...odd("access", ACCESS, "authenticated", null, 5, [], Promise.resolve({})),
    ...odd("organizationInPath", IN_PATH, "yes", null, 1, {}),
    ...odd("revocation", REVOCATION, "often", null, 10, [], Promise.resolve({})),
    ...odd("claimsSchema", CLAIMS, "team", null, 5, {}, { "~standard": null }, () => true),
    ...odd("log", LOG, "x", null, true, 5, [], line),
    ...odd("rateLimiter", LIMITER, "x", null, 5, {}, { consume: 5 }),
    ...odd("observers", OBSERVERS, "logs", null, 5, line, {}),
    ...odd("recordArguments", ARGUMENTS, "x", null, 5, [["id"]], { refund: "id" }, { refund: [5] }),
    ...odd(
      "trustedHeaders",
      TRUSTED,
      "x-real-ip",
      null,
      [1],
      ["x-real-ip", null],
      ["x real ip"],
      ["cf-*"],
      [""],
      ["Authorization"],
    ),
    ...odd(
      "insecureDevelopmentHosts",
      DEVELOPMENT,
      "mcp",
      null,
      [1],
      [""],
      ["mcp:3002"],
      ["http://mcp"],
    ),
    ...odd("insecureDevelopmentHosts", DEVELOPMENT, ["a b"], ["*"], ["mcp/x"], ["me@mcp"]),
    ...odd("exitWhenUnguarded", "exitWhenUnguarded must be true or false", "no", 0, null),
    ...odd("clockToleranceSeconds", TOLERANCE, "10", null, -1, 60.1, Infinity, Number.NaN, 1n),
    ...odd("trustedProxyCount", PROXIES, "1", null, -1, 1.5, Number.NaN, 1n),
  ])("%o", (change, problem) => {
    expect(problemsOf({ ...GOOD, ...change })).toEqual([problem]);
  });

  const SECRET =
    "revocation.webhook.secret is missing: the dashboard shows it at the endpoint (Webhooks)";
  const WEBHOOK = "revocation.webhook must be an object with secret, path";
  const HOOK_PATH = "revocation.webhook.path must begin with a slash";

  it.each<[object, readonly string[]]>([
    [
      { revocation: { pollSeconds: "10" } },
      ["revocation.pollSeconds must be a number of seconds from 1 to 3,600"],
    ],
    [
      { revocation: { pollSeconds: 1n } },
      ["revocation.pollSeconds must be a number of seconds from 1 to 3,600"],
    ],
    [
      {
        revocation: {
          pollSeconds: null,
          maxTokenLifetimeSeconds: Symbol("x"),
          consentCheckSeconds: {},
          failClosedAfterSeconds: [],
        },
      },
      [
        "revocation.pollSeconds must be a number of seconds from 1 to 3,600",
        "revocation.maxTokenLifetimeSeconds must be a number of seconds from 60 to 86,400",
        "revocation.consentCheckSeconds must be a number of seconds from 1 to 3,600",
        "revocation.failClosedAfterSeconds must be a number of seconds from 20 to 3,600",
      ],
    ],
    [
      { revocation: { pollSeconds: Number.NaN } },
      ["revocation.pollSeconds must be a number of seconds from 1 to 3,600"],
    ],
    [{ revocation: { webhook: null } }, [WEBHOOK]],
    [{ revocation: { webhook: CANARY } }, [WEBHOOK]],
    [{ revocation: { webhook: [CANARY, "/hook"] } }, [WEBHOOK]],
    [{ revocation: { webhook: { secret: 5, path: 5 } } }, [SECRET, HOOK_PATH]],
    [{ revocation: { webhook: { secret: CANARY, path: CANARY } } }, [HOOK_PATH]],
    [{ revocation: { webhook: { secret: { value: CANARY }, path: "/hook" } } }, [SECRET]],
    [
      { access: { tools: "authenticated", resources: null, prompts: [] } },
      [
        "access.tools must be an object from names to rules",
        "access.resources must be an object from names to rules",
        "access.prompts must be an object from names to rules",
      ],
    ],
    [
      { access: { tools: { refund: null, list: 5 } } },
      [
        'access.tools["refund"] must be "authenticated", "denied" or a condition such as { role: "admin" }',
        'access.tools["list"] must be "authenticated", "denied" or a condition such as { role: "admin" }',
      ],
    ],
  ])("in what has members: %o", (change, problems) => {
    expect(problemsOf({ ...GOOD, ...change })).toEqual(problems);
  });

  const NO_OBJECT = 'the configuration must be an object such as { audience: "resource" }';
  const ENV = {
    WORKOS_API_KEY: "sk_live_env",
    WORKOS_CLIENT_ID: "client_ENV",
    WORKOS_AUTHKIT_DOMAIN: "env.authkit.app",
    BASE_URL: "https://env.example.com",
  };

  it.each([[null], [CANARY], [[CANARY]], [5], [true], [line], [Promise.resolve(GOOD)]])(
    "a configuration that is none: %o",
    (config) => {
      expect(problemsOf(config, ENV)).toEqual([NO_OBJECT]);
    },
  );

  it("a wrong value stays wrong when the environment has a good one", () => {
    const config = { apiKey: 1, clientId: null, authkitDomain: {}, baseURL: 5, apiURL: [] };
    expect(problemsOf(config, ENV)).toEqual([KEY, CLIENT, BASE, DOMAIN, API]);
  });

  it("all of them in one error, beside what else is wrong", () => {
    const config = {
      apiKey: 1,
      clientId: "project_01",
      baseURL: null,
      callers: "api-key",
      endpoint: 5,
      publicPaths: ["status", "/mcp"],
      access: { tools: { refund: { caller: "api-key" }, list: {} } },
      revocation: { webhook: { secret: "s", path: "/mcp/hook" } },
      log: "x",
      origins: [],
    };
    expect(problemsOf(config)).toEqual([
      "origins is unknown; there are apiKey, clientId, baseURL, authkitDomain, docsURL, resourceName, " +
        "scopesSupported, endpoint, apiURL, audience, formerResources, callers, allowedOrigins, publicPaths, access, organizationInPath, revocation, claimsSchema, clockToleranceSeconds, log, rateLimiter, maxStreamsPerCaller, observers, recordArguments, trustedProxyCount, trustedHeaders, exitWhenUnguarded, insecureDevelopmentHosts",
      KEY,
      BASE,
      ENDPOINT,
      CALLERS,
      "clientId is no WorkOS client ID: those are client_, letters and digits (dashboard > API Keys)",
      "authkitDomain is missing: set it or WORKOS_AUTHKIT_DOMAIN (WorkOS dashboard > Domains)",
      "publicPaths[0] must begin with a slash",
      LOG,
      'access.tools["list"] asks for nothing; write "authenticated" if every caller may',
    ]);
  });

  it.each([
    ["access", "every caller may use everything"],
    ["allowedOrigins", "pages of every origin may call"],
    ["audience", "tokens for the whole environment may be used here"],
    ["claimsSchema", "every claim will do"],
    ["observers", "calls are neither audited nor measured"],
    ["rateLimiter", "calls are not limited"],
    ["revocation", "tokens are good until they expire"],
  ])("%s that is undefined, as an import in a circle leaves it, opens nothing", (name, meaning) => {
    expect(problemsOf({ ...GOOD, [name]: undefined })).toEqual([
      `${name} is undefined: leave it out if ${meaning}, or see where it comes from`,
    ]);
  });

  it("an option that narrows nothing may be undefined", () => {
    const config = {
      ...GOOD,
      docsURL: undefined,
      callers: undefined,
      trustedProxyCount: undefined,
    };
    expect(problemsOf(config)).toEqual([]);
  });

  it("options that are inherited count as before", () => {
    expect(problemsOf(Object.create({ ...GOOD, callers: "user" }))).toEqual([CALLERS]);
    expect(problemsOf(Object.create(GOOD))).toEqual([]);
  });
});

describe("for whatever stands in a configuration", () => {
  const anything = fc.oneof(
    fc.constant(CANARY),
    fc.constantFrom<unknown>(Symbol(CANARY), () => CANARY, Promise.resolve(CANARY), /x/, Number),
    fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
      values: [
        fc.constant(CANARY),
        fc.constantFrom("user", "/x", "https://a.example/", "resource", "openid"),
        fc.integer(),
        fc.double(),
        fc.string(),
        fc.boolean(),
        fc.constantFrom(null, undefined),
      ],
    }),
  );
  const some = (...good: readonly unknown[]): fc.Arbitrary<unknown> =>
    fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...good) },
      { weight: 1, arbitrary: anything },
    );
  const partly = (members: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> =>
    fc.oneof(anything, fc.record(members, { requiredKeys: [] }));
  const requirements = {
    permissions: anything,
    scopes: anything,
    organization: anything,
    role: anything,
    caller: anything,
    // Keys of an earlier grammar.
    roles: anything,
    callers: anything,
  };
  const rule = fc.oneof(
    some("authenticated", "denied", { permissions: ["p"] }),
    partly({ ...requirements, anyOf: fc.oneof(anything, fc.array(partly(requirements))) }),
  );
  const rules = partly({ refund: rule, "a*": rule, "*b": rule, "docs://x": rule });
  const options = {
    apiKey: some(GOOD.apiKey),
    clientId: some(GOOD.clientId),
    baseURL: some(GOOD.baseURL, `https://u:${CANARY}@a.example`, "https://a.example/mcp"),
    authkitDomain: some(GOOD.authkitDomain, [GOOD.authkitDomain], [CANARY, 5]),
    docsURL: some("https://docs.example.com", ""),
    resourceName: some("Acme"),
    scopesSupported: some(["openid"], [CANARY, 1]),
    endpoint: some("/mcp", "/"),
    apiURL: some("https://api.workos.com", `https://a.example/?key=${CANARY}`),
    audience: some("resource", "environment", ["https://a.example"], CANARY),
    formerResources: some(["https://a.example"], [CANARY], []),
    callers: some(["user"], ["user", "api-key"], [CANARY]),
    allowedOrigins: some(["https://a.example"], [`https://a.example/${CANARY}`], [CANARY]),
    publicPaths: some(["/status"], [CANARY]),
    access: partly({
      tools: rules,
      resources: rules,
      prompts: rules,
      lists: some("all", "full"),
      stepUp: some("http"),
      impliesScope: anything,
    }),
    organizationInPath: some(true),
    revocation: partly({
      pollSeconds: some(10),
      maxTokenLifetimeSeconds: some(3600),
      consentCheckSeconds: some(60),
      failClosedAfterSeconds: some(60),
      webhook: partly({ secret: some(CANARY), path: some("/hook", "/mcp", CANARY) }),
    }),
    claimsSchema: some(z.object({})),
    log: some(false, console, {}, { level: "warn", format: "json" }),
    rateLimiter: some({ consume: () => Promise.resolve() }),
    observers: some([], [{ name: "siem", onEvent: line }], [line], [CANARY]),
    recordArguments: some({ refund: ["id"] }, { refund: [CANARY, 5] }),
    clockToleranceSeconds: some(0, 10, 60),
    trustedProxyCount: some(1),
    trustedHeaders: some(["x-real-ip", "CF-Connecting-IP"]),
  };
  const config = fc.record(options, { requiredKeys: [] });

  it("RS-57: the provider is made, or a ConfigurationError thrown that quotes no secret", () => {
    const env = { WORKOS_API_KEY: CANARY, WORKOS_CLIENT_ID: CANARY, BASE_URL: CANARY };
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: config }, anything), (given) => {
        expect(problemsOf(given, env).join()).not.toContain(CANARY);
      }),
      { numRuns: 500 },
    );
  });

  it("RS-57: the same when a single option is odd, and the error names it", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          ...Object.entries(options).map(([option, values]) =>
            fc.tuple(fc.constant(option), values),
          ),
        ),
        ([option, value]) => {
          const problems = problemsOf({ ...GOOD, log: false, [option]: value });
          expect(problems.filter((problem) => !problem.includes(option))).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
    // A loaded machine takes long over every option of every kind.
  }, 180_000);
});
