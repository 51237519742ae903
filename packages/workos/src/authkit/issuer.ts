import { cleanSetting, isOneWord } from "../standards/setting.js";
import { isSecureTransport, parseUrl } from "../standards/url.js";

/**
 * Turns an AuthKit domain, as the dashboard shows it or as an operator pastes it,
 * into the issuer that AuthKit writes into tokens: scheme and host, no slash.
 *
 * Takes a bare host (`acme.authkit.app`, a custom domain, `localhost:4100`) or a
 * URL. http is taken for loopback and development hosts only. Does NOT ask the network whether an
 * AuthKit lives there.
 *
 * @returns the issuer, or what is wrong with the domain.
 */
export function parseAuthKitDomain(
  domain: string,
  insecureDevelopmentHosts: ReadonlySet<string> = new Set(),
):
  | { readonly ok: true; readonly issuer: string }
  | { readonly ok: false; readonly problem: string } {
  const text = cleanSetting(domain);
  if (!isOneWord(text)) {
    return { ok: false, problem: "has a blank, a quotation mark or a backslash in it" };
  }
  const url = parseUrl(/^https?:\/\//i.test(text) ? text : `https://${text}`);
  if (url === undefined || url.hostname === "") {
    return { ok: false, problem: `is neither a host name nor a URL` };
  }
  if (url.username !== "" || url.password !== "") {
    return { ok: false, problem: "must not carry a user name or password" };
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    return { ok: false, problem: "must be a domain only, without path, query or fragment" };
  }
  if (!isSecureTransport(url, insecureDevelopmentHosts)) {
    return {
      ok: false,
      problem:
        "must be https; plain http is for an AuthKit on this machine and for insecureDevelopmentHosts",
    };
  }
  return { ok: true, issuer: url.origin };
}

/** Where an AuthKit issuer publishes the keys that sign Connect access tokens (RFC 7517 §5). */
export function jwksUrl(issuer: string): string {
  return `${issuer}/oauth2/jwks`;
}
