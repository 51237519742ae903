import { generateKeyPair as generateKeyPairCallback, sign, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { jwtVerify, type JWTPayload } from "jose";
import { createIdentifier } from "../secrets/identifier.js";

const generateKeyPair = promisify(generateKeyPairCallback);
const signBytes = promisify<string, Uint8Array, KeyObject, Buffer>(sign);

// A rotation keeps the old keys so that tokens in flight stay valid; more than these would be a leak.
const retiredKeyLimit = 10;

/** A public key as the key set publishes it (RFC 7517). */
export interface PublishedKey {
  readonly kty: "RSA";
  readonly n: string;
  readonly e: string;
  readonly kid: string;
  readonly alg: "RS256";
  readonly use: "sig";
}

export interface SigningKeys {
  keySet(): Promise<{ readonly keys: readonly PublishedKey[] }>;
  /** Signs with the current key; members of `header` replace AuthKit's, `undefined` removes one. */
  sign(
    claims: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
  ): Promise<string>;
  /** Checks signature and times of a token of ours; does not check issuer or audience. */
  verify(token: string): Promise<JWTPayload | undefined>;
  rotate(keepOld: boolean): Promise<{ kid: string }>;
}

interface Key {
  readonly published: PublishedKey;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/**
 * Creates the RS256 keys of an authorization server: one current key, and the retired ones still published.
 *
 * The first key is made when it is first needed: an RSA key takes a tenth of a second, and a test that only looks at a
 * page should not pay for it.
 */
export function createSigningKeys(now: () => number): SigningKeys {
  let current: Promise<Key> | undefined;
  let retired: readonly Key[] = [];

  const currentKey = (): Promise<Key> => (current ??= createKey(now));
  const publishedKeys = async (): Promise<readonly Key[]> => [await currentKey(), ...retired];

  return {
    keySet: async () => ({ keys: (await publishedKeys()).map(({ published }) => published) }),
    async sign(claims, header = {}) {
      const { published, privateKey } = await currentKey();
      // No `typ`: the header of AuthKit's tokens has none, and a verifier that insists on one must fail here too.
      const input = `${encode({ alg: published.alg, kid: published.kid, ...header })}.${encode(claims)}`;
      const signature = await signBytes("sha256", Buffer.from(input), privateKey);
      return `${input}.${signature.toString("base64url")}`;
    },
    async verify(token) {
      const keys = await publishedKeys();
      try {
        const { payload } = await jwtVerify(token, ({ kid }) => findKey(keys, kid), {
          algorithms: ["RS256"],
          currentDate: new Date(now()),
        });
        return payload;
      } catch {
        return undefined;
      }
    },
    async rotate(keepOld) {
      const [old, next] = await Promise.all([currentKey(), createKey(now)]);
      retired = keepOld ? [old, ...retired].slice(0, retiredKeyLimit) : [];
      current = Promise.resolve(next);
      return { kid: next.published.kid };
    },
  };
}

async function createKey(now: () => number): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair("rsa", { modulusLength: 2048 });
  const { n = "", e = "" } = publicKey.export({ format: "jwk" });
  const kid = createIdentifier("sso_oidc_key_pair", now);
  return { published: { kty: "RSA", n, e, kid, alg: "RS256", use: "sig" }, publicKey, privateKey };
}

function findKey(keys: readonly Key[], kid: string | undefined): KeyObject {
  const key = keys.find(({ published }) => published.kid === kid);
  if (key === undefined) throw new Error("no such key");
  return key.publicKey;
}

function encode(part: Readonly<Record<string, unknown>>): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
