import { problemAt, type Problem } from "../errors.js";
import { canonicalPath, isUnder } from "../standards/uri.js";
import { isLoopbackHost, parseUrl, stripTrailingSlashes } from "../standards/url.js";

/** Members of lists that have the right form and cannot work nevertheless. */
export function listProblems(
  scopes: readonly string[],
  origins: readonly string[],
  paths: readonly string[],
): readonly Problem[] {
  const problems: Problem[] = [];
  if (scopes.includes("offline_access")) {
    problems.push(
      problemAt(
        "scopesSupported",
        "must not hold offline_access: clients ask the authorization server for it",
      ),
    );
  }
  for (const [index, origin] of origins.entries()) {
    const written = readOrigin(origin);
    if (written !== origin.toLowerCase()) {
      problems.push(
        problemAt(`allowedOrigins[${index}]`, `can match nothing: browsers write it ${written}`),
      );
    }
  }
  for (const [index, path] of paths.entries()) {
    // What is no path is not quoted: it may be anything.
    if (!path.startsWith("/")) {
      problems.push(problemAt(`publicPaths[${index}]`, "must begin with a slash"));
    }
  }
  return problems;
}

/** What would open the MCP endpoint, hide it or double it. */
export function endpointProblems(
  endpoint: string,
  others: {
    readonly baseUrl: URL | undefined;
    readonly publicPaths: readonly string[];
    readonly webhookPath: unknown;
  },
): readonly Problem[] {
  const { baseUrl, publicPaths, webhookPath } = others;
  const problems: Problem[] = [];
  const base = baseUrl === undefined ? "" : stripTrailingSlashes(baseUrl.pathname);
  if (endpoint.length > 1 && base.endsWith(endpoint)) {
    problems.push(
      problemAt(
        "baseURL",
        `ends with the endpoint ${endpoint}, which would double it: leave the endpoint off`,
      ),
    );
  }
  // Behind a proxy that strips a prefix the first is what comes; without one, the second.
  const root = endpoint === "/" ? base || "/" : undefined;
  const endpoints = [endpoint, root ?? `${base}${endpoint}`];
  for (const [index, path] of publicPaths.entries()) {
    if (!path.startsWith("/")) continue;
    const at = `publicPaths[${index}]`;
    if (endpoints.some((one) => isUnder(path, one))) {
      problems.push(
        problemAt(at, `${path} would open the MCP endpoint ${endpoint}; take it off the list`),
      );
    } else problems.push(...pathProblems(at, path));
  }
  if (typeof webhookPath !== "string" || !webhookPath.startsWith("/")) return problems;
  // What is posted there goes no further, so that below an endpoint that is the root there is room.
  const isTaken = (one: string): boolean =>
    root === undefined ? isUnder(webhookPath, one) : canonicalPath(webhookPath) === one;
  if (endpoints.some(isTaken)) {
    problems.push(
      problemAt("revocation.webhook.path", `must not be the MCP endpoint ${endpoint} or below it`),
    );
  } else problems.push(...pathProblems("revocation.webhook.path", webhookPath));
  return problems;
}

/** Paths are compared as received, so that one that a router reads as another would mean two different things. */
function pathProblems(name: string, path: string): readonly Problem[] {
  const read = canonicalPath(path);
  return read === path
    ? []
    : [problemAt(name, `${path} is read as ${read} by servers; write ${read}`)];
}

/** An origin as browsers write it; one of another scheme than the web's stays as it is. */
function readOrigin(text: string): string {
  const url = parseUrl(text);
  return url === undefined || url.origin === "null" ? text.toLowerCase() : url.origin;
}

/** A public server that trusts an issuer or an API on its own machine was configured from two places. */
export function localProblems(
  issuers: readonly string[],
  apiUrl: URL | undefined,
  insecureDevelopmentHosts: ReadonlySet<string>,
): readonly Problem[] {
  const isLocal = ({ hostname }: URL): boolean =>
    isLoopbackHost(hostname) && !insecureDevelopmentHosts.has(hostname);
  const cure =
    "is on this machine, and baseURL is public: set both for one place. If a tunnel to this machine is meant, name the host in insecureDevelopmentHosts";
  return [
    ...(issuers.some((issuer) => isLocal(new URL(issuer)))
      ? [problemAt("authkitDomain", cure)]
      : []),
    ...(apiUrl !== undefined && isLocal(apiUrl) ? [problemAt("apiURL", cure)] : []),
  ];
}
