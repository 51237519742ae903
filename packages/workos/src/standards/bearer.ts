/** The content of the Authorization header field of one request. */
export type Authorization =
  | { readonly kind: "absent" }
  | { readonly kind: "other-scheme" }
  | { readonly kind: "malformed" }
  | { readonly kind: "repeated" }
  | { readonly kind: "bearer"; readonly token: string };

const SCHEME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+/;
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;

/**
 * Reads the bearer token out of the Authorization header fields of a request.
 *
 * Checks the grammar only: one field, a scheme compared without regard to case,
 * one token68. Does NOT look at the query, the body or cookies (OAuth 2.1 §5.1
 * has a resource server ignore tokens there), nor at the token's content.
 *
 * @param fields every Authorization field in the order received; an HTTP library
 *   that joins or drops repeated fields must be asked for the raw ones.
 * @see RFC 6750 §2.1, RFC 9110 §11.4, OAuth 2.1 §5.1.1
 */
export function parseAuthorization(fields: readonly string[]): Authorization {
  const [field, ...others] = fields;
  if (field === undefined) return { kind: "absent" };
  if (others.length > 0) return { kind: "repeated" };
  const token = BEARER.exec(field)?.[1];
  if (token !== undefined) return { kind: "bearer", token };
  const scheme = SCHEME.exec(field)?.[0]?.toLowerCase();
  return { kind: scheme === undefined || scheme === "bearer" ? "malformed" : "other-scheme" };
}
