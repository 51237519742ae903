import { isLoopbackHost } from "../http/loopback.js";
import { isPrivateHost } from "./private-address.js";

/** Why a URL cannot be the address of a client ID metadata document. */
export type MetadataDocumentUrlProblem = "not_https" | "malformed" | "no_path" | "private_host";

/** Returns whether a client ID is meant to be a URL, as opposed to one this server made. */
export function looksLikeUrl(clientId: string): boolean {
  return /^https?:\/\//iu.test(clientId);
}

/**
 * Checks the shape of a client ID that is a URL (draft-ietf-oauth-client-id-metadata-document section 3).
 *
 * Wants https, a path, no user information, fragment or dot segments, and a host that is not a private address. With
 * `allowLoopback` also plain http on loopback, which the draft does not have. Resolves no name.
 */
export function checkMetadataDocumentUrl(
  clientId: string,
  allowLoopback: boolean,
):
  | { readonly ok: true; readonly url: URL }
  | { readonly ok: false; readonly reason: MetadataDocumentUrlProblem } {
  if (!/^[\x21-\x7e]{1,2000}$/u.test(clientId) || !URL.canParse(clientId))
    return { ok: false, reason: "malformed" };
  const url = new URL(clientId);
  if (url.username !== "" || url.password !== "" || /[#\\]/u.test(clientId))
    return { ok: false, reason: "malformed" };
  if (/\/(?:\.|%2e){1,2}(?:[/?]|$)/iu.test(clientId)) return { ok: false, reason: "malformed" };
  if (url.pathname === "/" || url.pathname === "") return { ok: false, reason: "no_path" };
  if (allowLoopback && url.protocol === "http:" && isLoopbackHost(url.hostname))
    return { ok: true, url };
  if (url.protocol !== "https:") return { ok: false, reason: "not_https" };
  if (isPrivateHost(url.hostname)) return { ok: false, reason: "private_host" };
  return { ok: true, url };
}
