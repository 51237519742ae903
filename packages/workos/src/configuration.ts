import { compileAccessMap, type AccessMap, type AccessPolicy } from "./access/access-map.js";
import { parseAuthKitDomain } from "./authkit/issuer.js";
import { ConfigurationError } from "./errors.js";
import type { OriginPolicy } from "./guard/origin.js";
import type { RateLimiter } from "./guard/rate-limit.js";
import { isOrganizationResource } from "./guard/place.js";
import { isScope } from "./standards/scope.js";
import type { StandardSchema } from "./standards/standard-schema.js";
import { isLoopbackHost, isSecureTransport, isUnder, parseUrl } from "./standards/url.js";
import type { AudiencePolicy } from "./token/audience.js";
import type { CallerKind } from "./token/caller-kind.js";
import {
  readRevocation,
  type RevocationConfig,
  type RevocationSettings,
} from "./token/revocation-policy.js";
import type { KeepArguments } from "./guard/asked.js";
import type { Observer } from "./trail/observer.js";
import type { LogSink } from "./trail/logs.js";
import { observerProblems } from "./trail/observer-problems.js";

/** What `workosProvider()` takes. Every value may come from the environment instead, where one is named. */
export interface WorkOSProviderConfig {
  /** WorkOS API key, `sk_…`; else `WORKOS_API_KEY`. */
  readonly apiKey?: string;
  /** WorkOS client ID of the environment, `client_…`; else `WORKOS_CLIENT_ID`. */
  readonly clientId?: string;
  /** Public base URL of this server, without the endpoint; else `BASE_URL`. Never derived from a request. */
  readonly baseURL?: string;
  /**
   * AuthKit domain as host or URL; else `WORKOS_AUTHKIT_DOMAIN`. Several in a list, or
   * comma-separated. While a domain is being moved: the new one first, then the one whose
   * tokens are still accepted.
   */
  readonly authkitDomain?: string | readonly string[];
  /** Documentation of this MCP server, published in its metadata. */
  readonly docsURL?: string;
  /** Name of this MCP server for consent pages and lists, published in its metadata. */
  readonly resourceName?: string;
  /**
   * OAuth scopes to publish as `scopes_supported`; none by default, which leaves the choice
   * to the client. `["openid"]` makes clients on the official SDK 2.x ask for a refresh token
   * of their own accord; clients on 1.x then ask for these scopes only. Never `offline_access`,
   * which is between client and authorization server.
   */
  readonly scopesSupported?: readonly string[];
  /** The MCP endpoint, as `http.endpoint` in xmcp.config.ts has it. Default `/mcp`. */
  readonly endpoint?: string;
  /** A WorkOS API elsewhere, such as an emulator's; else `WORKOS_API_URL`. Default `https://api.workos.com`. */
  readonly apiURL?: string;
  /**
   * Whom a user's token must name. By default this resource or, with a warning, the
   * environment client ID, which AuthKit writes while it knows no resource
   * indicator. `"resource"` accepts this resource only; a list accepts exactly
   * those resource identifiers too, while one is being renamed.
   */
  readonly audience?: "resource" | readonly string[];
  /**
   * Origins (`https://app.example.com`) of web pages that may call this server. On a
   * public server without a list any may; on a loopback one pages of this machine may,
   * and those listed.
   */
  readonly allowedOrigins?: readonly string[];
  /** Paths that anybody may call, compared byte by byte with the path as received. */
  readonly publicPaths?: readonly string[];
  /**
   * Who may call: `"user"` (people, the default), `"application"` (client credentials),
   * `"api-key"` (WorkOS API keys as bearer tokens). Machines are opted into.
   */
  readonly callers?: readonly CallerKind[];
  /**
   * Who may use which tool, resource and prompt. Without it every caller may use everything;
   * with it, what it does not name is denied.
   */
  readonly access?: AccessMap;
  /**
   * Gives every organization a URL of its own, `<endpoint>/o/<org_…>`, a protected resource with its own
   * metadata: a client can be connected to several at once, and a token for another one is refused. Add each as
   * a resource indicator in the dashboard, or leave all out.
   */
  readonly organizationInPath?: boolean;
  /** Notices what was revoked before a token ends; without it a token counts until it expires. */
  readonly revocation?: RevocationConfig;
  /** A Standard Schema (zod, valibot, arktype, …) that every new token's claims must fit. */
  readonly claims?: StandardSchema;
  /** Where log lines go; `false` for nowhere. Default the console, and nowhere when there are `observers`. */
  readonly log?: LogSink | false;
  /**
   * Limits how often a caller may come: a limiter of the package rate-limiter-flexible, such as
   * `new RateLimiterMemory({ points: 600, duration: 60 })`. Off by default.
   */
  readonly rateLimiter?: RateLimiter;
  /** Who hears of every decision and every call: `logs()`, `openTelemetry()`, or a function of yours. */
  readonly observers?: readonly Observer[];
  /** Arguments that observers are told, by the tool's name; none by default. */
  readonly keepArguments?: Readonly<Record<string, readonly string[]>>;
  /**
   * How many of your own reverse proxies a request passes, each of which appends the address it was called from to
   * `X-Forwarded-For`. Default 0: the caller is who opened the connection. Only for what the trail says of the caller;
   * nothing is decided by it.
   */
  readonly proxies?: number;
}

/** A configuration in which every value is known to be good. */
export interface Settings {
  readonly apiKey: string;
  readonly clientId: string;
  readonly apiUrl: URL;
  readonly baseUrl: URL;
  readonly endpoint: string;
  readonly resource: string;
  readonly issuers: readonly [string, ...string[]];
  readonly audience: AudiencePolicy;
  readonly callers: ReadonlySet<CallerKind>;
  readonly publicPaths: ReadonlySet<string>;
  readonly origins: OriginPolicy;
  readonly docsUrl: string | undefined;
  readonly resourceName: string | undefined;
  readonly scopesSupported: readonly string[];
  readonly claimsSchema: StandardSchema | undefined;
  readonly access: AccessPolicy | undefined;
  readonly organizationInPath: boolean;
  readonly revocation: RevocationSettings | undefined;
  readonly keepArguments: KeepArguments;
  readonly proxies: number;
  readonly rateLimiter: RateLimiter | undefined;
}

const CALLERS: ReadonlySet<string> = new Set<CallerKind>(["user", "application", "api-key"]);

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]+$/i;

/** Every option there is; the compiler keeps the list whole. */
const OPTIONS: Readonly<Record<keyof WorkOSProviderConfig, true>> = {
  apiKey: true,
  clientId: true,
  baseURL: true,
  authkitDomain: true,
  docsURL: true,
  resourceName: true,
  scopesSupported: true,
  endpoint: true,
  apiURL: true,
  audience: true,
  callers: true,
  allowedOrigins: true,
  publicPaths: true,
  access: true,
  organizationInPath: true,
  revocation: true,
  claims: true,
  log: true,
  rateLimiter: true,
  observers: true,
  keepArguments: true,
  proxies: true,
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Checks a configuration as a whole and completes it from the environment.
 *
 * Does NOT ask the network whether the key, the domain or the URL exist. Values
 * that are secret are never quoted.
 *
 * @throws ConfigurationError with every problem and its cure.
 */
export function readConfiguration(config: WorkOSProviderConfig, env: Environment): Settings {
  const problems: string[] = [];
  const given = (option: string | undefined, variable: string): string | undefined =>
    nonEmpty(option) ?? nonEmpty(env[variable]);

  const apiKey = given(config.apiKey, "WORKOS_API_KEY");
  if (apiKey === undefined) {
    problems.push("apiKey is missing: set it or WORKOS_API_KEY (WorkOS dashboard > API Keys)");
  } else if (!/^sk_[\w-]+$/.test(apiKey)) {
    problems.push("apiKey is no WorkOS API key: those begin with sk_ (dashboard > API Keys)");
  }

  const clientId = given(config.clientId, "WORKOS_CLIENT_ID");
  if (clientId === undefined) {
    problems.push("clientId is missing: set it or WORKOS_CLIENT_ID (WorkOS dashboard > API Keys)");
  } else if (!/^client_[0-9A-Za-z]+$/.test(clientId)) {
    problems.push(
      "clientId is no WorkOS client ID: those begin with client_ (dashboard > API Keys)",
    );
  }

  const issuers = readIssuers(config.authkitDomain, env, problems);
  const apiUrl = readUrl(
    "apiURL",
    given(config.apiURL, "WORKOS_API_URL") ?? "https://api.workos.com",
    problems,
  );
  if (apiUrl !== undefined && apiUrl.pathname !== "/") problems.push("apiURL must have no path");

  const endpoint = config.endpoint ?? "/mcp";
  if (!/^\/$|^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9\-._~]+)+$/.test(endpoint)) {
    problems.push(
      `endpoint must be a path such as /mcp, without a trailing slash: as http.endpoint in xmcp.config.ts`,
    );
  }
  const base = given(config.baseURL, "BASE_URL");
  if (base === undefined) {
    problems.push(
      "baseURL is missing: set it or BASE_URL to the public URL of this server, without the endpoint",
    );
  }
  const baseUrl = base === undefined ? undefined : readUrl("baseURL", base, problems);
  if (baseUrl !== undefined && endpoint.length > 1 && withoutSlash(baseUrl).endsWith(endpoint)) {
    problems.push(
      `baseURL ends with the endpoint ${endpoint}, which would double it: leave the endpoint off`,
    );
  }
  problems.push(...optionProblems(config, endpoint));
  const revocation = readRevocation(config.revocation, problems);
  if (revocation?.webhook !== undefined && isUnder(revocation.webhook.path, endpoint)) {
    problems.push(`revocation.webhook.path must not be the MCP endpoint ${endpoint} or below it`);
  }
  const callers = new Set<CallerKind>(config.callers ?? ["user"]);
  const access =
    config.access === undefined ? undefined : compileAccessMap(config.access, callers, problems);

  if (
    problems.length > 0 ||
    apiKey === undefined ||
    clientId === undefined ||
    issuers === undefined ||
    apiUrl === undefined ||
    baseUrl === undefined
  ) {
    throw new ConfigurationError(problems);
  }
  const resource = `${withoutSlash(baseUrl)}${endpoint === "/" ? "" : endpoint}`;
  const { organizationInPath = false } = config;
  const renamed = config.audience === "resource" ? [] : (config.audience ?? []);
  return Object.freeze({
    apiKey,
    clientId,
    apiUrl,
    baseUrl,
    endpoint,
    resource,
    issuers,
    audience: Object.freeze({
      resource,
      resources: new Set([resource, ...renamed]),
      clientId,
      acceptsEnvironment: config.audience === undefined,
      ...(organizationInPath
        ? { isOrganizationResource: (member: string) => isOrganizationResource(member, resource) }
        : {}),
    }),
    callers,
    publicPaths: new Set(config.publicPaths),
    origins: originPolicy(baseUrl, config.allowedOrigins),
    docsUrl: nonEmpty(config.docsURL),
    resourceName: nonEmpty(config.resourceName),
    scopesSupported: Object.freeze([...(config.scopesSupported ?? [])]),
    claimsSchema: config.claims,
    access,
    organizationInPath,
    revocation,
    rateLimiter: config.rateLimiter,
    proxies: config.proxies ?? 0,
    keepArguments: new Map(Object.entries(config.keepArguments ?? {})),
  });
}

/** What is wrong with the options that have no counterpart in the environment. */
function optionProblems(config: WorkOSProviderConfig, endpoint: string): string[] {
  const problems: string[] = [];
  const { audience, scopesSupported = [], callers = ["user"], allowedOrigins = [] } = config;
  // A misspelled option would be a rule that is silently not there.
  const unknown = Object.keys(config).filter((option) => !Object.hasOwn(OPTIONS, option));
  if (unknown.length > 0) {
    problems.push(
      `there is no option ${unknown.join(", ")}; there are ${Object.keys(OPTIONS).join(", ")}`,
    );
  }
  const docsUrl = nonEmpty(config.docsURL);
  if (docsUrl !== undefined && !/^https?:$/.test(parseUrl(docsUrl)?.protocol ?? "")) {
    problems.push("docsURL must be an absolute http or https URL, or left out");
  }
  if (!scopesSupported.every(isScope)) {
    problems.push("scopesSupported must hold OAuth scopes (RFC 6749 section 3.3)");
  }
  if (scopesSupported.includes("offline_access")) {
    problems.push(
      "scopesSupported must not hold offline_access: clients ask the authorization server for it",
    );
  }
  if (callers.length === 0 || !callers.every((caller) => CALLERS.has(caller))) {
    problems.push(`callers must name at least one of ${[...CALLERS].join(", ")}, and nothing else`);
  }
  if (!allowedOrigins.every((origin) => ORIGIN.test(origin))) {
    problems.push(
      "allowedOrigins must hold origins such as https://app.example.com: scheme, host and port, no path or slash",
    );
  }
  for (const path of config.publicPaths ?? []) {
    if (!path.startsWith("/")) problems.push(`publicPaths: ${path} must begin with a slash`);
    if (isUnder(path, endpoint)) {
      problems.push(
        `publicPaths: ${path} would open the MCP endpoint ${endpoint}; take it off the list`,
      );
    }
  }
  const isAudience =
    audience === undefined ||
    audience === "resource" ||
    (Array.isArray(audience) && audience.every((one: string) => URL.canParse(one)));
  if (!isAudience) {
    problems.push('audience must be "resource" or a list of resource identifiers (absolute URLs)');
  }
  if (typeof (config.organizationInPath ?? false) !== "boolean") {
    problems.push("organizationInPath must be true or false");
  }
  if (config.rateLimiter !== undefined && typeof config.rateLimiter?.consume !== "function") {
    problems.push("rateLimiter must have consume(), as the limiters of rate-limiter-flexible do");
  }
  problems.push(...observerProblems(config));
  if (config.claims !== undefined && typeof config.claims["~standard"]?.validate !== "function") {
    problems.push("claims must be a Standard Schema, such as a zod object");
  }
  return problems;
}

function originPolicy(baseUrl: URL, allowed: readonly string[] | undefined): OriginPolicy {
  const isLoopback = isLoopbackHost(baseUrl.hostname);
  // A server's own pages may always call it, once there is a list.
  const listed = [...(allowed ?? []), baseUrl.origin].map((origin) => origin.toLowerCase());
  return Object.freeze({
    isLoopback,
    origins: allowed === undefined ? undefined : new Set(listed),
  });
}

function readIssuers(
  option: string | readonly string[] | undefined,
  env: Environment,
  problems: string[],
): readonly [string, ...string[]] | undefined {
  const listed = typeof option === "string" ? option.split(",") : (option ?? []);
  const wanted = listed.filter((domain) => domain.trim() !== "");
  const domains =
    wanted.length > 0
      ? wanted
      : (env["WORKOS_AUTHKIT_DOMAIN"] ?? "").split(",").filter((domain) => domain.trim() !== "");
  const issuers = new Set<string>();
  for (const domain of domains) {
    const parsed = parseAuthKitDomain(domain);
    if (parsed.ok) issuers.add(parsed.issuer);
    else
      problems.push(
        `authkitDomain ${parsed.problem} (dashboard > Domains), e.g. yourcompany.authkit.app`,
      );
  }
  const [current, ...former] = issuers;
  if (current !== undefined) return Object.freeze([current, ...former] as const);
  if (domains.length === 0) {
    problems.push(
      "authkitDomain is missing: set it or WORKOS_AUTHKIT_DOMAIN (WorkOS dashboard > Domains)",
    );
  }
  return undefined;
}

function readUrl(name: string, text: string, problems: string[]): URL | undefined {
  const url = parseUrl(text);
  const problem =
    url === undefined
      ? "must be an absolute URL, e.g. https://mcp.example.com"
      : !isSecureTransport(url)
        ? "must be https; plain http is for this machine only (127.0.0.1, [::1], localhost)"
        : url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== ""
          ? "must have no query, fragment or credentials"
          : undefined;
  if (problem === undefined) return url;
  problems.push(`${name} ${problem}`);
  return undefined;
}

function withoutSlash({ href }: URL): string {
  return href.replace(/\/+$/, "");
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : text.trim();
}
