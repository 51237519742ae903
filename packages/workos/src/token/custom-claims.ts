import { readMembers } from "../standards/members.js";
import type { SchemaIssue, StandardSchema } from "../standards/standard-schema.js";
import { TimeLimitError, within } from "../trail/time-limit.js";
import { deepFreeze } from "../standards/deep-freeze.js";
import type { TokenRefusal } from "./refusal.js";
import type { VerifiedToken } from "./verify.js";

/** The claims that RFC 9068 gives a meaning: no schema may change what they are, nor make up one that is absent. */
const REGISTERED: ReadonlySet<string> = new Set([
  "iss",
  "sub",
  "aud",
  "exp",
  "iat",
  "nbf",
  "jti",
  "client_id",
  "scope",
]);

/** Paths named in a refusal at most, and letters of each. */
const MOST_PATHS = 10;
const LONGEST_PATH = 100;

/** A schema that gives no answer for so long has failed: a caller is waiting. */
const MAX_SCHEMA_MS = 10_000;

/**
 * Holds a verified token's claims against the operator's schema and lays what the
 * schema made of them over the raw ones.
 *
 * A schema that throws or rejects refuses the token, and one that gives no answer
 * within ten seconds makes it a 503: trying again may help. The refusal names where a
 * claim is wrong, never what it holds. Does NOT let a schema change who the
 * caller is: the session's own fields were read before.
 */
export async function applyClaimsSchema(
  schema: StandardSchema,
  token: VerifiedToken,
): Promise<
  | { readonly ok: true; readonly token: VerifiedToken }
  | { readonly ok: false; readonly refusal: TokenRefusal }
> {
  try {
    const result = await within(
      MAX_SCHEMA_MS,
      schema["~standard"].validate(structuredClone(token.claims)),
    );
    if (result.issues !== undefined) return invalid(result.issues.map(formatPath));
    const { value } = result;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    const members = isObject ? readMembers(value) : undefined;
    if (members === undefined) return invalid(["(the schema's result)"]);
    const own = Object.entries(members).filter(([claim]) => !REGISTERED.has(claim));
    const claims = deepFreeze({ ...token.claims, ...Object.fromEntries(own) });
    return { ok: true, token: { ...token, claims } };
  } catch (error) {
    if (error instanceof TimeLimitError) {
      return { ok: false, refusal: { reason: "custom_claims_unknown" } };
    }
    return invalid(["(the schema threw)"]);
  }
}

function invalid(paths: readonly string[]): { readonly ok: false; readonly refusal: TokenRefusal } {
  return {
    ok: false,
    refusal: { reason: "custom_claims_invalid", paths: Object.freeze(paths.slice(0, MOST_PATHS)) },
  };
}

/** A path may hold a key that the issuer's users chose, so it must neither break a log line nor fill one. */
function formatPath({ path = [] }: SchemaIssue): string {
  return path
    .map((segment) => String(typeof segment === "object" ? segment.key : segment))
    .join(".")
    .replaceAll(/[^\x20-\x7e]/g, "?")
    .slice(0, LONGEST_PATH);
}
