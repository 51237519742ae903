import { generateKeyPairSync, sign, type JsonWebKey, type KeyObject } from "node:crypto";

/** An authorization server of a few lines on node:crypto, so that these tests lean on nothing that the product ships. */
export interface TestIssuer {
  readonly issuer: string;
  /** The published key set, to be changed at will. */
  keys: Record<string, unknown>[];
  /** Every URL that was asked for. */
  readonly requests: string[];
  readonly fetch: typeof globalThis.fetch;
  /** Replaces the answer to the next requests; `undefined` restores it. */
  answer: ((url: string, init: RequestInit) => Response | Promise<Response>) | undefined;
  /** A good token, unless told otherwise. */
  sign(options?: SignOptions): string;
  /** Signs header and payload as the very texts they are. */
  signText(header: string, payload: string, kid?: string): string;
  addKey(kid: string): void;
  removeKey(kid: string): void;
  privateKey(kid: string): KeyObject;
  publicKey(kid: string): KeyObject;
  /** How often the key set was asked for. */
  keySetFetches(): number;
}

export interface SignOptions {
  /** Laid over the claims of a good token; `undefined` removes one. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Laid over the header; `undefined` removes a member. */
  readonly header?: Readonly<Record<string, unknown>>;
  readonly kid?: string;
}

export const NOW: number = Date.UTC(2026, 0, 15, 12, 0, 0);
export const SECONDS: number = NOW / 1000;
export const RESOURCE = "https://mcp.example.com/mcp";
export const CLIENT_ID = "client_01TESTENVIRONMENT";

export function goodClaims(issuer = "https://acme.authkit.app"): Record<string, unknown> {
  return {
    iss: issuer,
    sub: "user_01ADA",
    aud: RESOURCE,
    client_id: "https://client.example.com/metadata.json",
    sid: "app_consent_01ADA",
    scope: "openid profile",
    jti: "jti_01",
    iat: SECONDS - 10,
    exp: SECONDS + 290,
  };
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const generate = (): KeyPair => generateKeyPairSync("rsa", { modulusLength: 2048 });
let homePair: KeyPair | undefined;

/** The issuer of a test that needs no other: a new one, whose first key is the same in the whole file, since keys take long to make. */
export function createHomeIssuer(): TestIssuer {
  homePair ??= generate();
  return createTestIssuer("https://acme.authkit.app", homePair);
}

/** An issuer with a key of its own. */
export function createTestIssuer(
  issuer = "https://acme.authkit.app",
  firstPair: KeyPair = generate(),
): TestIssuer {
  const pairs = new Map<string, KeyPair>();
  const pairOf = (kid: string): KeyPair => {
    const pair = pairs.get(kid);
    if (pair === undefined) throw new Error(`the test issuer has no key ${kid}`);
    return pair;
  };
  const self: TestIssuer = {
    issuer,
    keys: [],
    requests: [],
    answer: undefined,
    fetch: async (input, init = {}) => {
      const url = input instanceof Request ? input.url : String(input);
      self.requests.push(url);
      if (self.answer !== undefined) return self.answer(url, init);
      if (url === `${issuer}/oauth2/jwks`) return Response.json({ keys: self.keys });
      return new Response("not found", { status: 404 });
    },
    addKey(kid) {
      const pair = pairs.size === 0 ? firstPair : generate();
      pairs.set(kid, pair);
      self.keys.push(published(kid, pair.publicKey));
    },
    removeKey(kid) {
      self.keys = self.keys.filter((key) => key["kid"] !== kid);
    },
    privateKey: (kid) => pairOf(kid).privateKey,
    publicKey: (kid) => pairOf(kid).publicKey,
    sign({ claims = {}, header = {}, kid = "key_1" } = {}) {
      return self.signText(
        JSON.stringify({ alg: "RS256", kid, ...header }),
        JSON.stringify({ ...goodClaims(issuer), ...claims }),
        kid,
      );
    },
    signText(header, payload, kid = "key_1") {
      const input = `${base64url(header)}.${base64url(payload)}`;
      const signature = sign("sha256", Buffer.from(input), pairOf(kid).privateKey);
      return `${input}.${signature.toString("base64url")}`;
    },
    keySetFetches: () => self.requests.filter((url) => url === `${issuer}/oauth2/jwks`).length,
  };
  self.addKey("key_1");
  return self;
}

export function published(kid: string, publicKey: KeyObject): Record<string, unknown> {
  const jwk: JsonWebKey = publicKey.export({ format: "jwk" });
  return { ...jwk, kid, alg: "RS256", use: "sig" };
}

export function base64url(text: string | Uint8Array): string {
  return Buffer.from(text).toString("base64url");
}
