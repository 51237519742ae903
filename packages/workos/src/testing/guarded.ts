import { ConfigurationError, problemAt, type Problem } from "../errors.js";
import { workosFetch, type FetchGuard } from "../hosts/fetch/fetch-guard.js";
import type { FetchApp } from "../hosts/fetch/fetch-handler.js";
import { findProtected } from "../hosts/fetch/protected.js";
import { isObject } from "../known-members.js";
import type { WorkOSProviderConfig } from "../server/configuration.js";
import { stripTrailingSlashes } from "../standards/url.js";
import { createPersonaApi } from "./persona-api.js";
import { answerAsIssuer, signToken } from "./persona-issuer.js";
import {
  asToken,
  PERSONA_ISSUER,
  readCallingPersona,
  SOME_CLIENT,
  toClaims,
  type Persona,
} from "./persona.js";
import { problemsOfProduction } from "./refuse-production.js";

/** Options of the guard; those that name an environment of WorkOS are the personas'. */
export type GuardedOptions = Omit<
  WorkOSProviderConfig,
  "apiKey" | "clientId" | "authkitDomain" | "apiURL"
>;

/** A request's options, and who sends it; without `as` the request is sent as it is. */
export interface GuardedRequestInit extends RequestInit {
  /** Who sends it; without, it carries no token. */
  readonly as?: Persona;
}

/** A server behind its guard, in a test. */
export interface GuardedServer {
  /** URL of the MCP endpoint. */
  readonly url: string;
  /** Sends a request to the server, in the place of the global `fetch`. */
  readonly fetch: (input: Request | URL | string, init?: GuardedRequestInit) => Promise<Response>;
  /** Signs an access token of the persona, good for five minutes, or returns its API key. */
  readonly token: (persona: Persona) => Promise<string>;
  /** Ends what runs in the background. */
  readonly close: () => Promise<void>;
  /** Closes it, for `await using`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

const CLIENT_ID = "client_PERSONA";
/** Options that say which environment of WorkOS is asked. */
const OWN = ["apiKey", "clientId", "authkitDomain", "apiURL"] as const;
const REFUSED = "guarded() cannot start";

/** A persona's environment of WorkOS, and the guard that asks it. */
interface World {
  readonly guard: FetchGuard;
  readonly serve: (request: Request) => Promise<Response>;
  readonly apiKey: string;
  /** Throws what the persona could not answer, once. */
  readonly throwGap: () => void;
}

/**
 * Puts a server behind the real guard of `workosFetch()`, in a test: with signed tokens and without a network, a port or
 * an account.
 *
 * Every persona has an environment of WorkOS to itself, which answers for its key set, profile, roles, permissions and
 * flags. Does NOT sign in, revoke or deliver webhooks, for which there is the emulator; does NOT show that what you
 * deploy is guarded unless it is given what `protect()` returned.
 *
 * @param server what `workosFetch().protect()` or a route of `workosNext().protect()` returned, which is guarded by its
 *   own configuration; or a handler from Request to Response, which is guarded by `options`.
 * @param options options of the guard, laid over the server's own. `baseURL` is `https://mcp.example.com` by default,
 *   and `log` is off.
 * @throws ConfigurationError with every problem of the options; with `NODE_ENV=production`; and in a bundle. `fetch` and
 *   `token` reject with one when the persona cannot be, and `fetch` or its answer's body when the persona cannot answer
 *   what the code asked WorkOS.
 * @example
 * ```ts
 * const server = guarded(mcp.fetch, { access });
 * const response = await server.fetch(listTools(server.url), { as: lead });
 * ```
 * @see docs/testing.md
 */
export function guarded(server: FetchApp, options: GuardedOptions = {}): GuardedServer {
  const { handler, config } = readServer(server, options);
  const worlds = new Map<string, World>();
  /** Whose environment a credential is of. */
  const byCredential = new Map<string, World>();
  const enter = (persona: Persona): World => {
    const key = JSON.stringify(persona);
    const world = worlds.get(key) ?? createWorld(persona, handler, config);
    worlds.set(key, world);
    return world;
  };
  const stranger = enter({});

  const issue = async (given: Persona, resource: string): Promise<string> => {
    const persona = readOverWire(given);
    const world = enter(persona);
    const { kind = "user" } = persona;
    const aud = kind === "user" && config.audience !== "environment" ? resource : CLIENT_ID;
    const claims = { aud, client_id: SOME_CLIENT, ...persona.claims };
    const credential =
      kind === "api-key"
        ? world.apiKey
        : await signToken(toClaims(asToken({ ...persona, claims })));
    byCredential.set(credential, world);
    return credential;
  };

  const url = resourceOf(config);
  const close = async (): Promise<void> => {
    await Promise.all([...worlds.values()].map(({ guard }) => guard.close()));
  };
  return {
    url,
    token: (persona) => issue(persona, url),
    async fetch(input, { as, ...init } = {}) {
      const request = new Request(input, init);
      if (as !== undefined) {
        const credential = await issue(as, addressedResource(request.url, url));
        request.headers.set("authorization", `Bearer ${credential}`);
      }
      const [, credential = ""] =
        /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
      const { serve, throwGap } = byCredential.get(credential) ?? stranger;
      const response = await serve(request);
      throwGap();
      if (response.body === null) return response;
      // Of a stream, tools answer after the head was sent.
      const body = response.body.pipeThrough(new TransformStream({ flush: throwGap }));
      return new Response(body, response);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Reads what is to be guarded, and by which configuration. */
function readServer(
  server: FetchApp,
  options: GuardedOptions,
): { readonly handler: FetchApp; readonly config: WorkOSProviderConfig } {
  const problems: Problem[] = [...problemsOfProduction("guarded()")];
  if (typeof server !== "function") {
    problems.push(problemAt("server", "must be a function from Request to Response"));
  }
  if (!isObject(options)) problems.push(problemAt("options", "must be an object, or left out"));
  else {
    for (const name of OWN) {
      if (name in options) problems.push(problemAt(name, "is the personas': leave it out"));
    }
  }
  const app = typeof server === "function" ? findProtected(server) : undefined;
  const given = { ...app?.config, ...options };
  const config = {
    ...given,
    baseURL: given.baseURL?.trim() || "https://mcp.example.com",
    log: given.log ?? false,
    apiKey: "sk_test_persona",
    clientId: CLIENT_ID,
    authkitDomain: PERSONA_ISSUER,
    apiURL: "https://api.workos.com",
  };
  try {
    workosFetch(config, { env: {} });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems);
  }
  if (problems.length > 0) throw new ConfigurationError(problems, REFUSED);
  return { handler: app?.handler ?? server, config };
}

function resourceOf({ baseURL = "", endpoint = "/mcp" }: WorkOSProviderConfig): string {
  return `${stripTrailingSlashes(new URL(baseURL).href)}${endpoint === "/" ? "" : endpoint}`;
}

/** The resource that a client of this URL asks a token for: an organization's, if it is in the path. */
function addressedResource(requested: string, resource: string): string {
  const { origin, pathname } = new URL(requested);
  const addressed = `${origin}${pathname}`;
  return addressed.startsWith(`${resource}/o/`) ? addressed : resource;
}

/** @throws ConfigurationError for a persona that cannot be, or not on the wire. */
function readOverWire(given: Persona): Persona {
  const problems: Problem[] = [];
  const persona = readCallingPersona(given, problems);
  if (persona.workos !== undefined) {
    problems.push(
      problemAt("persona.workos", "is for runAs(): on the wire, the emulator answers getClient()"),
    );
  }
  if (!isJson(persona.claims)) {
    problems.push(problemAt("persona.claims", "must be JSON, as those of a token are"));
  }
  if (problems.length > 0) {
    throw new ConfigurationError(problems, "guarded() cannot call as this persona");
  }
  return persona;
}

function isJson(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

function createWorld(persona: Persona, handler: FetchApp, config: WorkOSProviderConfig): World {
  const apiKey = `sk_persona_${crypto.randomUUID().replaceAll("-", "")}`;
  let gap: ConfigurationError | undefined;
  const askApi = createPersonaApi(persona, { resource: resourceOf(config), apiKey }, (found) => {
    gap ??= found;
  });
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { origin, pathname } = new URL(request.url);
    if (origin === config.apiURL) return askApi(request);
    const answer = origin === PERSONA_ISSUER ? await answerAsIssuer(pathname) : undefined;
    if (answer === undefined) throw new TypeError(`guarded() has no network: ${request.url}`);
    return answer;
  };
  const guard = workosFetch(config, { env: {}, fetch });
  return {
    guard,
    serve: guard.protect(handler),
    apiKey,
    throwGap() {
      const found = gap;
      gap = undefined;
      if (found !== undefined) throw found;
    },
  };
}
