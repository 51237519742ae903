import { importJWK, type CryptoKey, type JWK } from "jose";

/** The keys of one issuer that can verify RS256 signatures, by `kid`. */
export type VerificationKeys = ReadonlyMap<string, VerificationKey>;

/** A public key and the members it was made from, by which the same key is known again. */
export interface VerificationKey {
  readonly key: CryptoKey;
  readonly modulus: string;
  readonly exponent: string;
}

/** More keys than any issuer has; a larger set is cut, so that a hostile one costs bounded work. */
const MOST_KEYS = 64;

/** Bits: RFC 7518 §3.3 forbids smaller keys. */
const SHORTEST_MODULUS = 2048;

/** WebCrypto's importer passes over other letters, and would make a key of rubbish. */
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/**
 * Takes the usable keys out of a JWK Set document.
 *
 * Unusable members (another type, use or algorithm, no `kid`, a short modulus,
 * malformed) are passed over, as RFC 7517 §5 asks; of two with the same `kid` the
 * first counts. A key that is unchanged keeps its identity, so that whatever
 * depends on it can tell. Does NOT trust anything else in the document.
 *
 * @returns `undefined` when the document is no JWK Set, or has no JWK in it: an issuer that
 *   withdraws a key publishes the next one, or it could sign nothing, so that is a fault.
 *   No key when there are some and none of them is usable.
 * @see RFC 7517 §5, RFC 7518 §3.3
 */
export async function readKeySet(
  document: unknown,
  before: VerificationKeys,
): Promise<VerificationKeys | undefined> {
  const members =
    typeof document === "object" && document !== null && "keys" in document
      ? document.keys
      : undefined;
  if (!Array.isArray(members) || !members.some(isJwk)) return undefined;
  const keys = new Map<string, VerificationKey>();
  for (const member of members.slice(0, MOST_KEYS)) {
    const jwk = usable(member);
    if (jwk === undefined || keys.has(jwk.kid)) continue;
    const known = before.get(jwk.kid);
    const key = known?.modulus === jwk.n && known.exponent === jwk.e ? known : await importKey(jwk);
    if (key !== undefined) keys.set(jwk.kid, key);
  }
  return keys;
}

/** RFC 7517 §4.1: whatever kind of key it is, it says which. */
function isJwk(member: unknown): boolean {
  return (
    typeof member === "object" &&
    member !== null &&
    "kty" in member &&
    typeof member.kty === "string"
  );
}

type RsaKey = JWK & { readonly kid: string; readonly n: string; readonly e: string };

function usable(member: unknown): RsaKey | undefined {
  if (typeof member !== "object" || member === null) return undefined;
  const { kty, kid, n, e, use, alg, key_ops } = member as Record<string, unknown>;
  const fits =
    kty === "RSA" &&
    typeof kid === "string" &&
    kid !== "" &&
    typeof n === "string" &&
    BASE64URL.test(n) &&
    typeof e === "string" &&
    BASE64URL.test(e) &&
    (use === undefined || use === "sig") &&
    (alg === undefined || alg === "RS256") &&
    (key_ops === undefined || (Array.isArray(key_ops) && key_ops.includes("verify")));
  return fits ? { kty, kid, n, e } : undefined;
}

async function importKey(jwk: RsaKey): Promise<VerificationKey | undefined> {
  try {
    // Only public members are handed on, so the result is a public key even if the document leaked more.
    const key = await importJWK({ kty: "RSA", n: jwk.n, e: jwk.e }, "RS256");
    if (key instanceof Uint8Array) return undefined;
    const { modulusLength } = key.algorithm as { readonly modulusLength?: number };
    if (modulusLength === undefined || modulusLength < SHORTEST_MODULUS) return undefined;
    return Object.freeze({ key, modulus: jwk.n, exponent: jwk.e });
  } catch {
    return undefined;
  }
}
