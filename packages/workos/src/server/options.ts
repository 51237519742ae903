import { fitsList, isObject, readKnownMembers, UNREADABLE } from "../known-members.js";
import type { AccessMap } from "../access/access-map.js";
import { problemAt, type Problem } from "../errors.js";
import type { RateLimiter } from "../guard/rate-limit.js";
import type { ByExactName, ToolName } from "../session/register.js";
import { readList, readMembers } from "../standards/members.js";
import { MAX_CLOCK_TOLERANCE_SECONDS } from "../standards/access-token.js";
import { wrongSeconds } from "../standards/seconds.js";
import { isScope } from "../standards/scope.js";
import type { StandardSchema } from "../standards/standard-schema.js";
import { parseUrl } from "../standards/url.js";
import { CALLER_KINDS, type CallerKind } from "../standards/caller-kind.js";
import type { RevocationOptions } from "../revocation/revocation-settings.js";
import type { LogOptions } from "../observers/read-log.js";
import type { Observer } from "../trail/observer.js";

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
   * What a user's token must name: this resource, or with `"environment"` this resource or the environment client ID,
   * which AuthKit writes while it has no resource indicators. Default: `"resource"` once WorkOS has this resource as a
   * registered indicator, until then `"environment"` with a warning.
   */
  readonly audience?: "resource" | "environment";
  /** Resource identifiers of this server that are still accepted while it is being renamed. */
  readonly formerResources?: readonly [string, ...string[]];
  /**
   * Origins (`https://app.example.com`) of web pages that may call this server. On a
   * public server without a list any may; on a loopback one pages of this machine may,
   * and those listed.
   */
  readonly allowedOrigins?: readonly string[];
  /** Paths that need no token, compared byte by byte with the path as received. */
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
  /** Notices what was revoked before a token ends, `true` with the defaults; without it a token counts until it expires. */
  readonly revocation?: boolean | RevocationOptions;
  /** A Standard Schema (zod, valibot, arktype, …) that every new token's claims must fit. */
  readonly claimsSchema?: StandardSchema;
  /**
   * How many seconds the clocks of this machine and of AuthKit may differ: for so long a token is accepted after its
   * `exp` and before its `nbf` and `iat`. Default 10, at most 60.
   */
  readonly clockToleranceSeconds?: number;
  /** How log lines are written, whatever `observers` there are; `false` for none. Default sentences on the console, from `info` up. */
  readonly log?: false | LogOptions;
  /**
   * Limits how often a caller may come: a limiter of the package rate-limiter-flexible, such as
   * `new RateLimiterMemory({ points: 600, duration: 60 })`. Off by default.
   */
  readonly rateLimiter?: RateLimiter;
  /**
   * Long streams of one caller that may be open at the same time, of all its clients. Default 32; what is more gets 429.
   */
  readonly maxStreamsPerCaller?: number;
  /** Receive every decision and every call, beside the log: `auditLogs()`, `openTelemetry()`, or an object of yours. */
  readonly observers?: readonly Observer[];
  /** Arguments that observers are told, by the tool's name; none by default. */
  readonly recordArguments?: ByExactName<ToolName, readonly string[]>;
  /**
   * How many of your own reverse proxies a request passes, each of which appends the address it was called from to
   * `X-Forwarded-For`. Default 0: the caller is who opened the connection. Only for the caller's address in the trail;
   * nothing is decided by it.
   */
  readonly trustedProxyCount?: number;
  /**
   * Header fields about the caller that a proxy of yours sets on every request, such as `x-real-ip`, and that tools may
   * therefore read. Without it fields that could be mistaken for the caller's identity are removed before a tool runs.
   */
  readonly trustedHeaders?: readonly string[];
  /**
   * Whether the process ends, with exit code 1, when a call without a token was carried out past the guard, as when
   * `src/middleware.ts` exports it in a way that xmcp ignores. Default `true`; `false` logs the error alone.
   */
  readonly exitWhenUnguarded?: boolean;
  /**
   * Host names of containers and virtual machines on your own machine, such as `host.docker.internal`: `baseURL`,
   * `authkitDomain` and `apiURL` may name them with plain http, as loopback may. Refused with `NODE_ENV=production`.
   */
  readonly insecureDevelopmentHosts?: readonly string[];
}

/** A form that a value must have, what to say of one that has not, and the forms of its members. */
interface Form {
  readonly fits: (value: unknown) => boolean;
  readonly must: string | ((value: unknown) => string);
  readonly members?: Forms;
  /** Copies a value of this form, so that it is read once; lists are copied without. */
  readonly copy?: (value: unknown) => unknown;
}
type Forms = Readonly<Record<string, Form>>;
type Values = Readonly<Record<string, unknown>>;

/** RFC 9110 §5.1, without the star: names are compared whole. */
const FIELD_NAME = /^[\w!#$%&'+.^`|~-]+$/;
const OTHER_ORIGIN = /^(?!https?:)[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]+$/i;

const isString = (value: unknown): value is string => typeof value === "string";

const isListOfStrings = fitsList(isString);
const has = (value: unknown, ...methods: readonly string[]): boolean =>
  value !== null &&
  value !== undefined &&
  methods.every((method) => typeof (value as Values)[method] === "function");
/** Agents are refused by a message of their own. */
const isCallerKind = (value: unknown): boolean =>
  value === "agent" || CALLER_KINDS.has(value as CallerKind);
const isWebURL = (text: string): boolean => /^https?:$/.test(parseUrl(text)?.protocol ?? "");
/** Of which an origin can be read, or the origin of another scheme, such as a browser extension's. */
const isOrigin = (value: unknown): boolean =>
  isString(value) && !value.includes("*") && (isWebURL(value) || OTHER_ORIGIN.test(value));

/** RFC 8707 §2. */
const isResource = (value: unknown): boolean =>
  isString(value) && URL.canParse(value) && !value.includes("#");

/** Of an option that has a reader of its own. */
const JUDGED_ELSEWHERE: Form = { fits: () => true, must: "", copy: (value) => value };
const RULES: Form = { fits: isObject, must: "must be an object from names to rules" };

/** Every option there is, with the form of its value; the compiler keeps the list whole. */
const FORMS: Readonly<Record<keyof WorkOSProviderConfig, Form>> = {
  apiKey: {
    fits: isString,
    must: "must be a string: a WorkOS API key, sk_… (dashboard > API Keys)",
  },
  clientId: {
    fits: isString,
    must: "must be a string: a WorkOS client ID, client_… (dashboard > API Keys)",
  },
  baseURL: { fits: isString, must: 'must be a string such as "https://mcp.example.com"' },
  authkitDomain: {
    fits: (value) => isString(value) || isListOfStrings(value),
    must: 'must be a string such as "yourcompany.authkit.app", or a list of such strings',
  },
  docsURL: {
    fits: (value) => isString(value) && (value.trim() === "" || isWebURL(value.trim())),
    must: "must be a string with an absolute http or https URL, or left out",
  },
  resourceName: { fits: isString, must: "must be a string: the name of this server for people" },
  scopesSupported: {
    fits: fitsList((member) => isString(member) && isScope(member)),
    must: "must be a list of OAuth scopes (RFC 6749 section 3.3)",
  },
  endpoint: {
    fits: (value) =>
      isString(value) && /^\/$|^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9\-._~]+)+$/.test(value),
    must: "must be a path such as /mcp, without a trailing slash: as http.endpoint in xmcp.config.ts",
  },
  apiURL: { fits: isString, must: 'must be a string such as "https://api.workos.com"' },
  audience: {
    fits: (value) => value === "resource" || value === "environment",
    must: 'must be "resource" or "environment"; resource identifiers of old belong in formerResources',
  },
  formerResources: {
    fits: (value) => fitsList(isResource)(value) && (value as []).length > 0,
    must: "must be a list of at least one resource identifier such as https://old.example.com/mcp: absolute, without a fragment",
  },
  callers: {
    fits: (value) => fitsList(isCallerKind)(value) && (value as []).length > 0,
    must: "must be a list of at least one of user, application, api-key, and of nothing else",
  },
  allowedOrigins: {
    fits: fitsList(isOrigin),
    must: "must be a list of origins such as https://app.example.com: scheme, host and port, no path, slash or star",
  },
  publicPaths: { fits: isListOfStrings, must: "must be a list of paths such as /status" },
  access: {
    fits: isObject,
    must: "must be an object with tools, resources and prompts",
    members: { tools: RULES, resources: RULES, prompts: RULES },
  },
  organizationInPath: {
    fits: (value) => typeof value === "boolean",
    must: "must be true or false",
  },
  revocation: JUDGED_ELSEWHERE,
  claimsSchema: {
    fits: (value) => has((value as Values | null)?.["~standard"], "validate"),
    must: "must be a Standard Schema, such as a zod object",
  },
  clockToleranceSeconds: {
    fits: (value) => wrongSeconds(value, 0, MAX_CLOCK_TOLERANCE_SECONDS) === undefined,
    must: (value) => wrongSeconds(value, 0, MAX_CLOCK_TOLERANCE_SECONDS) ?? "",
  },
  log: JUDGED_ELSEWHERE,
  rateLimiter: {
    fits: (value) => has(value, "consume"),
    must: "must have consume(), as the limiters of rate-limiter-flexible do",
  },
  maxStreamsPerCaller: {
    fits: (value) => Number.isInteger(value) && Number(value) > 0,
    must: "must be a whole number of streams, 1 or more, such as 32",
  },
  observers: JUDGED_ELSEWHERE,
  recordArguments: {
    copy: (value) => {
      const kept = isObject(value) ? readMembers(value) : undefined;
      return (
        kept && Object.fromEntries(Object.entries(kept).map(([name, of]) => [name, readList(of)]))
      );
    },
    fits: (value) => isObject(value) && Object.values(value).every(isListOfStrings),
    must: 'must name arguments by tool: { refund: ["id"] }',
  },
  trustedProxyCount: {
    fits: (value) => Number.isInteger(value) && Number(value) >= 0,
    must: "must be how many of your own proxies a request passes, such as 1",
  },
  trustedHeaders: {
    fits: fitsList(
      (name) => isString(name) && FIELD_NAME.test(name) && !/^authorization$/i.test(name),
    ),
    must: "must be a list of header field names such as x-real-ip; authorization is always withheld",
  },
  exitWhenUnguarded: {
    fits: (value) => typeof value === "boolean",
    must: "must be true or false",
  },
  insecureDevelopmentHosts: {
    fits: fitsList((host) => isString(host) && isHostName(host)),
    must: "must be a list of host names without scheme and port, such as host.docker.internal",
  },
};

/** Former names of options. */
const RENAMED = {
  proxies: "trustedProxyCount",
  keepArguments: "recordArguments",
  claims: "claimsSchema",
  developmentHosts: "insecureDevelopmentHosts",
};

/** Options that must not be given as `undefined`, and what leaving them out means. */
const NARROWING = {
  access: "every caller may use everything",
  allowedOrigins: "pages of every origin may call",
  audience: "tokens for the whole environment may be used here",
  claimsSchema: "every claim will do",
  observers: "calls are neither audited nor measured",
  rateLimiter: "calls are not limited",
  revocation: "tokens are good until they expire",
} as const;

/** Returns whether a text is a host name and nothing else, as `URL.hostname` would spell it but for letter case. */
function isHostName(text: string): boolean {
  return /^[\w.\-[\]:]+$/.test(text) && parseUrl(`http://${text}`)?.hostname === text.toLowerCase();
}

/**
 * Takes the options whose values have the form they need. TypeScript may not have looked: `xmcp build` does not.
 *
 * Does NOT judge what depends on the environment or on another option. Values are never quoted.
 *
 * @param problems takes one sentence for each value of another form and for each option that does not exist.
 * @returns the options without those values, and whose they were.
 */
export function readOptions(
  given: unknown,
  problems: Problem[],
): { readonly options: WorkOSProviderConfig; readonly unusable: ReadonlySet<string> } {
  const names = Object.keys(FORMS);
  const form = 'must be an object such as { audience: "resource" }';
  const config =
    readKnownMembers({ path: "", names, form, renamed: RENAMED }, given, problems) ?? {};
  // As an import in a circle leaves it. Each of these narrows or records something, so leaving it out must be meant.
  for (const [name, meaning] of Object.entries(NARROWING)) {
    if (!Object.hasOwn(config, name) || config[name] !== undefined) continue;
    problems.push(
      problemAt(name, `is undefined: leave it out if ${meaning}, or see where it comes from`),
    );
  }
  const options: Values = takeFitting(config, FORMS, "", problems);
  const unusable = names.filter(
    (name) => config[name] !== undefined && options[name] === undefined,
  );
  return { options, unusable: new Set(unusable) };
}

/** A copy without the values that do not fit, which are reported. */
function takeFitting(given: Values, forms: Forms, path: string, problems: Problem[]): Values {
  const taken: Record<string, unknown> = { __proto__: null, ...given };
  for (const [name, { fits, must, members, copy = copyList }] of Object.entries(forms)) {
    if (given[name] === undefined) continue;
    const value = copy(given[name]);
    const inner =
      members !== undefined && isObject(value) ? readMembers(value, Object.keys(members)) : {};
    const isFitting = fits(value) && inner !== undefined;
    if (!isFitting) {
      const isWrong = typeof must === "string" ? must : must(value);
      problems.push(problemAt(`${path}${name}`, inner === undefined ? UNREADABLE : isWrong));
      Reflect.deleteProperty(taken, name);
    } else if (members === undefined) taken[name] = value;
    else taken[name] = takeFitting(inner, members, `${path}${name}.`, problems);
  }
  return taken;
}

/** Copies a list; one that is not whole, with a hole in it for example, becomes a value that fits no form. */
function copyList(value: unknown): unknown {
  return Array.isArray(value) ? (readList(value) ?? null) : value;
}
