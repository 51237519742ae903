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
 * Judges the Host and Origin fields of a request.
 *
 * On a loopback server both must be this machine's, so that a web page that got
 * its own name resolved to 127.0.0.1 (DNS rebinding) reaches nothing; on a public
 * one the origin must be listed, if there is a list. A request without Origin
 * does not come from a web page. Does NOT authenticate anybody.
 *
 * @see MCP 2025-11-25 basic/transports, Security Warning; Fetch §3.2; RFC 6454 §7
 */
export function originRefusal(
  { host, origin }: { readonly host: string | undefined; readonly origin: string | undefined },
  { localHosts, origins }: OriginPolicy,
): OriginRefusal | undefined {
  if (localHosts !== undefined && !isLocalAuthority(host, localHosts)) {
    return { reason: "host_not_allowed" };
  }
  if (origin === undefined || origins?.has(origin.toLowerCase()) === true) return undefined;
  const isAllowed =
    localHosts === undefined ? origins === undefined : isLocalOrigin(origin, localHosts);
  return isAllowed ? undefined : { reason: "origin_not_allowed" };
}

/** A Host field: a name or address and perhaps a port, nothing that a URL parser could read as more. */
function isLocalAuthority(host: string | undefined, localHosts: ReadonlySet<string>): boolean {
  if (host === undefined || !/^[A-Za-z0-9.\-[\]:]+$/.test(host)) return false;
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
