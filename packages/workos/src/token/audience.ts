import { parseUrl, stripTrailingSlashes } from "../standards/url.js";
import type { AudienceHint } from "./refusal.js";

/** Whom a token may name as its audience. */
export interface AudiencePolicy {
  /** This server's resource identifier. */
  readonly resource: string;
  /** Resource identifiers that count as this server, while one is being renamed; holds `resource`. */
  readonly resources: ReadonlySet<string>;
  /** Whether a member is the resource of an organization selected in the URL; none are when left out. */
  readonly isOrganizationResource?: (member: string) => boolean;
  /** The environment client ID, which AuthKit writes when it knows no resource indicator. */
  readonly clientId: string;
  /** Whether the environment client ID is accepted for users. */
  readonly acceptsEnvironment: boolean;
}

/** How the audience of a token was judged. */
export type AudienceVerdict =
  | { readonly ok: true; readonly as: "resource" | "environment" }
  | { readonly ok: false; readonly hint: AudienceHint };

/**
 * Judges the `aud` of a token: every member must be this server.
 *
 * Membership is not enough: a token that also names another server could be
 * replayed here by that server. Strings are compared byte by byte; the policy lists
 * both spellings of a resource without a path.
 *
 * @see RFC 8707 §2, RFC 9068 §4, RFC 8725 §3.9
 */
export function judgeAudience(
  audience: string | readonly string[],
  policy: AudiencePolicy,
  caller: "user" | "application" = "user",
): AudienceVerdict {
  const members = typeof audience === "string" ? [audience] : audience;
  const isOurs = (member: string): boolean =>
    policy.resources.has(member) || policy.isOrganizationResource?.(member) === true;
  if (members.length === 0) return { ok: false, hint: "another audience" };
  if (members.every(isOurs)) return { ok: true, as: "resource" };
  // AuthKit writes nothing else into an application's token, so there is nothing stricter to ask of it.
  const acceptsEnvironment = policy.acceptsEnvironment || caller === "application";
  const isAccepted = (member: string): boolean =>
    isOurs(member) || (acceptsEnvironment && member === policy.clientId);
  if (members.every(isAccepted)) return { ok: true, as: "environment" };
  if (members.some(isOurs)) return { ok: false, hint: "this resource and another" };
  if (members.includes(policy.clientId)) return { ok: false, hint: "environment client ID" };
  const spelling = simplify(policy.resource);
  return {
    ok: false,
    hint: members.some((member) => simplify(member) === spelling)
      ? "this resource written differently"
      : "another audience",
  };
}

/** What people confuse: letter case, a trailing slash, http and https, the names of this machine, a missing path. */
function simplify(identifier: string): string {
  const url = parseUrl(identifier);
  if (url === undefined) return identifier;
  const host = url.host.replace(/^(127\.0\.0\.1|\[::1\])/, "localhost");
  return `${host}${stripTrailingSlashes(url.pathname)}`.toLowerCase();
}
