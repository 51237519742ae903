import { parseUrl, stripTrailingSlashes } from "../standards/url.js";
import type { AudienceHint, TokenRefusal } from "./refusal.js";

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
  /** When a user's token may name the environment client ID. */
  readonly environment: EnvironmentAudience;
}

/** `"until-registered"`: until WorkOS has a resource indicator that is this server. */
export type EnvironmentAudience = "accepted" | "refused" | "until-registered";

/** Returns whether an identifier, such as a member of `aud`, is this server. */
export function isThisServer(
  identifier: string,
  { resources, isOrganizationResource }: AudiencePolicy,
): boolean {
  return resources.has(identifier) || isOrganizationResource?.(identifier) === true;
}

/** How the audience of a token was judged. */
export type AudienceVerdict =
  | { readonly ok: true; readonly as: "resource" | "environment" }
  | { readonly ok: false; readonly refusal: TokenRefusal };

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
  const isOurs = (member: string): boolean => isThisServer(member, policy);
  if (members.length === 0) return wrong("another audience");
  if (members.every(isOurs)) return { ok: true, as: "resource" };
  // AuthKit writes nothing else into an application's token, so there is nothing stricter to ask of it.
  const acceptsEnvironment = policy.environment !== "refused" || caller === "application";
  const isEnvironment = (member: string): boolean => member === policy.clientId;
  if (acceptsEnvironment && members.every((member) => isOurs(member) || isEnvironment(member))) {
    return { ok: true, as: "environment" };
  }
  if (members.every(isEnvironment)) {
    return { ok: false, refusal: { reason: "resource_not_requested", isRegistered: undefined } };
  }
  if (members.some(isOurs)) return wrong("this resource and another");
  const spelling = simplify(policy.resource);
  return members.some((member) => simplify(member) === spelling)
    ? wrong("this resource written differently")
    : wrong("another audience");
}

function wrong(hint: AudienceHint): AudienceVerdict {
  return { ok: false, refusal: { reason: "wrong_audience", hint } };
}

/** What people confuse: letter case, a trailing slash, http and https, the names of this machine, a missing path. */
function simplify(identifier: string): string {
  const url = parseUrl(identifier);
  if (url === undefined) return identifier;
  const host = url.host.replace(/^(127\.0\.0\.1|\[::1\])/, "localhost");
  return `${host}${stripTrailingSlashes(url.pathname)}`.toLowerCase();
}
