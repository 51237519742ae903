import { compileAccessMap, type AccessPolicy } from "../access/access-map.js";
import { parseAuthKitDomain } from "../authkit/issuer.js";
import { ConfigurationError, problemAt, type Problem } from "../errors.js";
import type { OriginPolicy } from "../guard/origin.js";
import type { RateLimiter } from "../guard/rate-limit.js";
import { isOrganizationResource } from "../guard/addressed-resource.js";
import { endpointProblems, listProblems, localProblems } from "./option-problems.js";
import { readOptions, type WorkOSProviderConfig } from "./options.js";
import { cleanSetting, isOneWord } from "../standards/setting.js";
import type { StandardSchema } from "../standards/standard-schema.js";
import {
  isLoopbackHost,
  isSecureTransport,
  parseUrl,
  rootSpellings,
  stripTrailingSlashes,
} from "../standards/url.js";
import type { AudiencePolicy, EnvironmentAudience } from "../token/audience.js";
import { CALLER_KINDS, NO_AGENTS_YET, type CallerKind } from "../standards/caller-kind.js";
import { readRevocation, type RevocationSettings } from "../revocation/revocation-settings.js";
import type { RecordedArguments } from "../trail/event.js";
import type { CheckedObserver } from "../observers/hooks.js";
import { readLog, type LogSettings } from "../observers/read-log.js";
import { readObservers } from "../observers/read-observers.js";

export type { WorkOSProviderConfig };

/** Long streams of one caller at the same time: a few for each of its clients, and no more than a tenth of what a host has. */
const MAX_STREAMS_PER_CALLER = 32;

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
  readonly clockToleranceSeconds: number;
  readonly access: AccessPolicy | undefined;
  readonly organizationInPath: boolean;
  readonly revocation: RevocationSettings | undefined;
  readonly recordArguments: RecordedArguments;
  readonly trustedProxyCount: number;
  readonly trustedHeaders: ReadonlySet<string>;
  readonly exitWhenUnguarded: boolean;
  readonly rateLimiter: RateLimiter | undefined;
  readonly maxStreamsPerCaller: number;
  readonly observers: readonly CheckedObserver[];
  readonly log: LogSettings | undefined;
}

const DEFAULT_CLOCK_TOLERANCE_SECONDS = 10;

const ENVIRONMENT_BY_AUDIENCE = {
  default: "until-registered",
  environment: "accepted",
  resource: "refused",
} as const satisfies Readonly<Record<string, EnvironmentAudience>>;

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
  const problems: Problem[] = [];
  const { options, unusable } = readOptions(config, problems);
  const given = (option: string | undefined, variable: string): string | undefined =>
    setting(option) ?? setting(env[variable]);
  const missing = (option: keyof WorkOSProviderConfig, cure: string): void => {
    // What is there and cannot be used was named already.
    if (!unusable.has(option)) problems.push(problemAt(option, `is missing: set it or ${cure}`));
  };

  const apiKey = given(options.apiKey, "WORKOS_API_KEY");
  if (apiKey === undefined) missing("apiKey", "WORKOS_API_KEY (WorkOS dashboard > API Keys)");
  else checkApiKey(apiKey, problems);
  const clientId = given(options.clientId, "WORKOS_CLIENT_ID");
  if (clientId === undefined) {
    missing("clientId", "WORKOS_CLIENT_ID (WorkOS dashboard > API Keys)");
  } else checkClientId(clientId, problems);

  const insecureHosts = readInsecureHosts(options.insecureDevelopmentHosts, env, problems);
  const domains = splitDomains(options.authkitDomain) ?? splitDomains(env["WORKOS_AUTHKIT_DOMAIN"]);
  if (domains === undefined) {
    missing("authkitDomain", "WORKOS_AUTHKIT_DOMAIN (WorkOS dashboard > Domains)");
  }
  const issuers = readIssuers(domains ?? [], insecureHosts, problems);
  const apiUrl = readApiUrl(given(options.apiURL, "WORKOS_API_URL"), insecureHosts, problems);
  const base = given(options.baseURL, "BASE_URL");
  if (base === undefined) {
    missing("baseURL", "BASE_URL to the public URL of this server, without the endpoint");
  }
  const baseUrl =
    base === undefined ? undefined : readUrl("baseURL", base, insecureHosts, problems);
  if (baseUrl?.protocol === "https:" && !isLoopbackHost(baseUrl.hostname)) {
    problems.push(...localProblems(issuers ?? [], apiUrl, insecureHosts));
  }

  const { scopesSupported = [], allowedOrigins = [], publicPaths = [] } = options;
  problems.push(...listProblems(scopesSupported, allowedOrigins, publicPaths));
  const revocation = readRevocation(options.revocation, problems);
  const endpoint = unusable.has("endpoint") ? undefined : (options.endpoint ?? "/mcp");
  if (endpoint !== undefined) {
    const webhookPath = revocation?.webhook?.path;
    problems.push(...endpointProblems(endpoint, { baseUrl, publicPaths, webhookPath }));
  }
  const log = readLog(options.log, problems);
  const observers = readObservers(options.observers, problems);
  const callers = readCallers(options.callers, problems);
  // Who may call is not known then, so no rule can be found to fit no caller.
  const accepted = unusable.has("callers") ? CALLER_KINDS : callers;
  const access =
    options.access === undefined ? undefined : compileAccessMap(options.access, accepted, problems);

  if (
    problems.length > 0 ||
    apiKey === undefined ||
    clientId === undefined ||
    issuers === undefined ||
    apiUrl === undefined ||
    baseUrl === undefined ||
    endpoint === undefined
  ) {
    throw new ConfigurationError(problems);
  }
  const resource = `${stripTrailingSlashes(baseUrl.href)}${endpoint === "/" ? "" : endpoint}`;
  return Object.freeze({
    apiKey,
    clientId,
    apiUrl,
    baseUrl,
    endpoint,
    resource,
    issuers,
    audience: toAudience(options, resource, clientId),
    callers,
    publicPaths: new Set(publicPaths),
    origins: toOriginPolicy(baseUrl, insecureHosts, options.allowedOrigins),
    docsUrl: setting(options.docsURL),
    resourceName: setting(options.resourceName),
    scopesSupported: Object.freeze([...scopesSupported]),
    claimsSchema: options.claimsSchema,
    clockToleranceSeconds: options.clockToleranceSeconds ?? DEFAULT_CLOCK_TOLERANCE_SECONDS,
    access,
    organizationInPath: options.organizationInPath ?? false,
    revocation,
    rateLimiter: options.rateLimiter,
    maxStreamsPerCaller: options.maxStreamsPerCaller ?? MAX_STREAMS_PER_CALLER,
    observers,
    log,
    trustedProxyCount: options.trustedProxyCount ?? 0,
    trustedHeaders: new Set(options.trustedHeaders?.map((name) => name.toLowerCase())),
    exitWhenUnguarded: options.exitWhenUnguarded ?? true,
    recordArguments: new Map(Object.entries(options.recordArguments ?? {})),
  });
}

/** What is needed to ask the WorkOS API. */
export interface ApiSettings {
  readonly apiKey: string;
  readonly apiUrl: URL;
}

/**
 * Reads from the environment what the command needs to ask the WorkOS API, by the server's own rules.
 *
 * @returns the settings, or every problem with its cure. Values are never quoted.
 */
export function readApiSettings(
  env: Environment,
):
  | { readonly ok: true; readonly settings: ApiSettings }
  | { readonly ok: false; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const apiKey = setting(env["WORKOS_API_KEY"]);
  if (apiKey === undefined) {
    problems.push(
      problemAt("apiKey", "is missing: set WORKOS_API_KEY (WorkOS dashboard > API Keys)"),
    );
  } else checkApiKey(apiKey, problems);
  const apiUrl = readApiUrl(setting(env["WORKOS_API_URL"]), new Set(), problems);
  return problems.length > 0 || apiKey === undefined || apiUrl === undefined
    ? { ok: false, problems }
    : { ok: true, settings: { apiKey, apiUrl } };
}

function checkApiKey(apiKey: string, problems: Problem[]): void {
  if (!/^sk_[\w-]+$/.test(apiKey)) {
    problems.push(
      problemAt(
        "apiKey",
        "is no WorkOS API key: those are sk_ and letters, digits, _ or - (dashboard > API Keys)",
      ),
    );
  }
}

function checkClientId(clientId: string, problems: Problem[]): void {
  if (!/^client_[0-9A-Za-z]+$/.test(clientId)) {
    problems.push(
      problemAt(
        "clientId",
        "is no WorkOS client ID: those are client_, letters and digits (dashboard > API Keys)",
      ),
    );
  }
}

function readInsecureHosts(
  hosts: readonly string[] | undefined,
  env: Environment,
  problems: Problem[],
): ReadonlySet<string> {
  const insecureHosts = new Set(hosts?.map((host) => host.toLowerCase()));
  if (insecureHosts.size > 0 && env["NODE_ENV"] === "production") {
    problems.push(
      problemAt(
        "insecureDevelopmentHosts",
        "must not be set with NODE_ENV=production: give those hosts https, and leave it out",
      ),
    );
  }
  return insecureHosts;
}

function readCallers(
  kinds: WorkOSProviderConfig["callers"],
  problems: Problem[],
): ReadonlySet<CallerKind> {
  const callers = new Set<CallerKind>(kinds ?? ["user"]);
  if (callers.has("agent"))
    problems.push(problemAt("callers", `must not hold "agent": ${NO_AGENTS_YET}`));
  return callers;
}

function toAudience(
  options: WorkOSProviderConfig,
  resource: string,
  clientId: string,
): AudiencePolicy {
  return Object.freeze({
    resource,
    resources: new Set([resource, ...(options.formerResources ?? [])].flatMap(rootSpellings)),
    clientId,
    environment: ENVIRONMENT_BY_AUDIENCE[options.audience ?? "default"],
    ...(options.organizationInPath === true
      ? { isOrganizationResource: (member: string) => isOrganizationResource(member, resource) }
      : {}),
  });
}

function readApiUrl(
  text: string | undefined,
  insecureHosts: ReadonlySet<string>,
  problems: Problem[],
): URL | undefined {
  const url = readUrl("apiURL", text ?? "https://api.workos.com", insecureHosts, problems);
  if (url !== undefined && url.pathname !== "/")
    problems.push(problemAt("apiURL", "must have no path"));
  return url;
}

function toOriginPolicy(
  baseUrl: URL,
  insecureHosts: ReadonlySet<string>,
  allowed: readonly string[] | undefined,
): OriginPolicy {
  const isLocal = isLoopbackHost(baseUrl.hostname) || insecureHosts.has(baseUrl.hostname);
  // A server's own pages may always call it, once there is a list.
  const listed = [...(allowed ?? []), baseUrl.origin].map((origin) => origin.toLowerCase());
  return Object.freeze({
    localHosts: isLocal ? insecureHosts : undefined,
    origins: allowed === undefined ? undefined : new Set(listed),
  });
}

/** The domains of a list or a text with commas; undefined when it names none. */
function splitDomains(
  given: string | readonly string[] | undefined,
): readonly string[] | undefined {
  const listed = typeof given === "string" ? cleanSetting(given).split(",") : (given ?? []);
  const domains = listed.map(cleanSetting).filter((domain) => domain !== "");
  return domains.length === 0 ? undefined : domains;
}

function readIssuers(
  domains: readonly string[],
  insecureHosts: ReadonlySet<string>,
  problems: Problem[],
): readonly [string, ...string[]] | undefined {
  const issuers = new Set<string>();
  for (const domain of domains) {
    const parsed = parseAuthKitDomain(domain, insecureHosts);
    if (parsed.ok) issuers.add(parsed.issuer);
    else
      problems.push(
        problemAt(
          "authkitDomain",
          `${parsed.problem} (dashboard > Domains), e.g. yourcompany.authkit.app`,
        ),
      );
  }
  const [current, ...former] = issuers;
  return current === undefined ? undefined : Object.freeze([current, ...former] as const);
}

function readUrl(
  name: string,
  text: string,
  insecureHosts: ReadonlySet<string>,
  problems: Problem[],
): URL | undefined {
  const url = parseUrl(text);
  const problem = !isOneWord(text)
    ? "has a blank, a quotation mark or a backslash in it"
    : url === undefined
      ? "must be an absolute URL, e.g. https://mcp.example.com"
      : !isSecureTransport(url, insecureHosts)
        ? "must be https; plain http is for this machine only (127.0.0.1, [::1], localhost) and for insecureDevelopmentHosts"
        : /[?#]/.test(url.href) || url.username !== "" || url.password !== ""
          ? "must have no query, fragment or credentials"
          : undefined;
  if (problem === undefined) return url;
  problems.push(problemAt(name, problem));
  return undefined;
}

function setting(text: string | undefined): string | undefined {
  const clean = cleanSetting(text ?? "");
  return clean === "" ? undefined : clean;
}
