import { generateKeyPair, exportJWK, SignJWT, type CryptoKey, type JWK } from "jose";

/** An authorization server of a few lines, so that these tests lean on nothing that the product ships. */
export interface TestIssuer {
  readonly issuer: string;
  readonly keys: JWK[];
  readonly requests: string[];
  readonly fetch: typeof globalThis.fetch;
  /** Replaces the answer to the next requests; `undefined` restores it. */
  answer: ((url: string) => Response | Promise<Response>) | undefined;
  sign(options?: SignOptions): Promise<string>;
  addKey(kid: string): Promise<void>;
}

export interface SignOptions {
  /** Laid over the claims of a good token; `undefined` removes one. */
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  readonly kid?: string;
}

export const NOW = Date.UTC(2026, 0, 15, 12, 0, 0);
export const RESOURCE = "https://mcp.example.com/mcp";
export const CLIENT_ID = "client_01TESTENVIRONMENT";

export async function createTestIssuer(issuer = "https://acme.authkit.app"): Promise<TestIssuer> {
  const signers = new Map<string, CryptoKey>();
  const self: TestIssuer = {
    issuer,
    keys: [],
    requests: [],
    answer: undefined,
    fetch: async (input) => {
      const url = String(input instanceof Request ? input.url : input);
      self.requests.push(url);
      if (self.answer !== undefined) return self.answer(url);
      if (url === `${issuer}/oauth2/jwks`) return Response.json({ keys: self.keys });
      return new Response("not found", { status: 404 });
    },
    async addKey(kid) {
      const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
      signers.set(kid, privateKey);
      self.keys.push({ ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" });
    },
    async sign({ claims = {}, header = {}, kid = "key_1" } = {}) {
      const seconds = NOW / 1000;
      const good = {
        iss: issuer,
        sub: "user_01ADA",
        aud: RESOURCE,
        client_id: "https://client.example.com/metadata.json",
        sid: "app_consent_01ADA",
        scope: "openid profile",
        jti: "jti_01",
        iat: seconds - 10,
        exp: seconds + 290,
      };
      const payload = Object.entries({ ...good, ...claims }).filter(([, value]) => value !== undefined);
      const signer = signers.get(kid);
      if (signer === undefined) throw new Error(`the test issuer has no key ${kid}`);
      return new SignJWT(Object.fromEntries(payload))
        .setProtectedHeader({ alg: "RS256", kid, ...header })
        .sign(signer);
    },
  };
  await self.addKey("key_1");
  return self;
}
