import type { AccessTokenClaims } from "../standards/access-token.js";
import type { SchemaIssue, StandardSchema } from "../standards/standard-schema.js";
import type { VerifiedToken } from "./verify.js";
import type { TokenRefusal } from "./refusal.js";

/**
 * Holds a verified token's claims against the operator's schema and lays what the
 * schema made of them over the raw ones.
 *
 * A schema that throws or rejects refuses the token. The refusal names where a
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
    const result = await schema["~standard"].validate(structuredClone(token.claims));
    if (result.issues !== undefined) return invalid(result.issues.map(pathOf));
    const { value } = result;
    if (typeof value !== "object" || value === null) return invalid(["(the schema's result)"]);
    const claims = Object.freeze({ ...token.claims, ...value, ...registered(token.claims) });
    return { ok: true, token: { ...token, claims } };
  } catch {
    return invalid(["(the schema threw)"]);
  }
}

/** The claims that RFC 9068 gives a meaning: no schema may change what they are. */
function registered(claims: AccessTokenClaims): AccessTokenClaims {
  const { iss, sub, aud, exp, iat, nbf, jti, client_id, scope } = claims;
  const optional = Object.entries({ iat, nbf, jti, client_id, scope });
  return {
    iss,
    sub,
    aud,
    exp,
    ...Object.fromEntries(optional.filter(([, value]) => value !== undefined)),
  };
}

function invalid(paths: readonly string[]): { readonly ok: false; readonly refusal: TokenRefusal } {
  return {
    ok: false,
    refusal: { reason: "custom_claims_invalid", paths: Object.freeze([...paths]) },
  };
}

function pathOf({ path = [] }: SchemaIssue): string {
  return path
    .map((segment) => String(typeof segment === "object" ? segment.key : segment))
    .join(".");
}
