import { base64url, importJWK, type CryptoKey, type JWK } from "jose";

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

/** RFC 7518 §3.3 forbids smaller keys; larger ones than these would make every verification slow. */
const MIN_MODULUS_BITS = 2048;
const MAX_MODULUS_BITS = 8192;
/** FIPS 186-5 §5.4 (e): a public exponent is odd and lies between these. */
const MIN_EXPONENT = 2n ** 16n;
const MAX_EXPONENT = 2n ** 256n;
/** NIST SP 800-89 §5.3.3: a modulus has no factor below this. */
const SMALLEST_FACTOR = 752n;

/** WebCrypto's importer passes over other letters, and would make a key of rubbish. */
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/**
 * Takes the usable keys out of a JWK Set document.
 *
 * Unusable members (another type, use or algorithm, no `kid`, malformed, numbers that
 * are no RSA key, such as an exponent of 1) are passed over, as RFC 7517 §5 asks; of two with the same `kid` the
 * first counts. A key that is unchanged keeps its identity, so that whatever
 * depends on it can tell. Does NOT trust anything else in the document.
 *
 * @returns `undefined` when the document is no JWK Set, or has no JWK in it: an issuer that
 *   withdraws a key publishes the next one, or it could sign nothing, so that is a fault.
 *   No key when there are some and none of them is usable.
 * @see RFC 7517 §5, RFC 7518 §3.3, FIPS 186-5 §5.4
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

/** RFC 7517 §4.1: every key states its kind. */
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

/** With an exponent of 1 every text is its own signature, and a modulus with a small factor can be factored. */
function isRsaKey({ n, e }: RsaKey): boolean {
  const modulus = toInteger(n);
  const exponent = toInteger(e);
  const bits = modulus.toString(2).length;
  if (bits < MIN_MODULUS_BITS || bits > MAX_MODULUS_BITS || modulus % 2n === 0n) return false;
  if (exponent <= MIN_EXPONENT || exponent >= MAX_EXPONENT || exponent % 2n === 0n) return false;
  for (let factor = 3n; factor < SMALLEST_FACTOR; factor += 2n) {
    if (modulus % factor === 0n) return false;
  }
  return true;
}

/** Reads a Base64urlUInt (RFC 7518 §2). */
function toInteger(text: string): bigint {
  const digits = Array.from(base64url.decode(text), (byte) => byte.toString(16).padStart(2, "0"));
  return BigInt(`0x0${digits.join("")}`);
}

async function importKey(jwk: RsaKey): Promise<VerificationKey | undefined> {
  try {
    if (!isRsaKey(jwk)) return undefined;
    // Only public members are handed on, so the result is a public key even if the document leaked more.
    const key = await importJWK({ kty: "RSA", n: jwk.n, e: jwk.e }, "RS256");
    return key instanceof Uint8Array
      ? undefined
      : Object.freeze({ key, modulus: jwk.n, exponent: jwk.e });
  } catch {
    return undefined;
  }
}
