import { isLoopbackHost, parseUrl } from "../standards/url.js";

/** Which hosts and origins may speak to this server. */
export interface OriginPolicy {
  /**
   * There when the server is for this machine only, by its base URL: the host names beside loopback that mean this
   * machine, lower case. `undefined` on a public server.
   */
  readonly localHosts: ReadonlySet<string> | undefined;
  /** Origins that may call it, lower case; `undefined` when any may (never on loopback). */
  readonly origins: ReadonlySet<string> | undefined;
}

/** Why a request's Host or Origin field turns it away. */
export type OriginRefusal =
  | { readonly reason: "host_not_allowed" }
  | { readonly reason: "origin_not_allowed" };

/**
 * Makes the check of the Host and Origin fields of requests.
 *
 * On a loopback server both must be this machine's, so that a web page that got
 * its own name resolved to 127.0.0.1 (DNS rebinding) reaches nothing; on a public
 * one the origin must be listed, if there is a list. A request without Origin
 * does not come from a web page. Does NOT authenticate the caller.
 *
 * @see MCP 2025-11-25 basic/transports, Security Warning; Fetch §3.2; RFC 6454 §7
 */
export function createOriginCheck({
  localHosts,
  origins,
}: OriginPolicy): (request: {
  readonly host: string | undefined;
  readonly origin: string | undefined;
}) => OriginRefusal | undefined {
  /** Local hosts that were seen: parsing one costs more than everything else that is done for a known token. */
  const seen = new Set<string>();
  const isLocalHost = (host: string, local: ReadonlySet<string>): boolean => {
    if (seen.has(host)) return true;
    if (!isLocalAuthority(host, local)) return false;
    if (seen.size < MAX_SEEN_HOSTS && host.length <= MAX_SEEN_HOST_LENGTH) seen.add(host);
    return true;
  };
  return ({ host, origin }) => {
    if (localHosts !== undefined && (host === undefined || !isLocalHost(host, localHosts))) {
      return { reason: "host_not_allowed" };
    }
    if (origin === undefined || origins?.has(origin.toLowerCase()) === true) return undefined;
    const isAllowed =
      localHosts === undefined ? origins === undefined : isLocalOrigin(origin, localHosts);
    return isAllowed ? undefined : { reason: "origin_not_allowed" };
  };
}

/** Local hosts to remember at most, and their length in characters: a stranger chooses both. */
const MAX_SEEN_HOSTS = 16;
const MAX_SEEN_HOST_LENGTH = 64;

/** A Host field: a name or address and perhaps a port, nothing that a URL parser could read as more. */
function isLocalAuthority(host: string, localHosts: ReadonlySet<string>): boolean {
  if (!/^[A-Za-z0-9.\-[\]:]+$/.test(host)) return false;
  const url = parseUrl(`http://${host}`);
  return url !== undefined && isLocal(url, localHosts);
}

function isLocalOrigin(origin: string, localHosts: ReadonlySet<string>): boolean {
  const url = parseUrl(origin);
  return (
    url !== undefined &&
    (url.protocol === "http:" || url.protocol === "https:") &&
    // Nothing but an origin: no path, no credentials (RFC 6454 §6.2).
    url.origin === origin.toLowerCase() &&
    isLocal(url, localHosts)
  );
}

function isLocal({ hostname }: URL, localHosts: ReadonlySet<string>): boolean {
  return isLoopbackHost(hostname) || localHosts.has(hostname);
}
