import { generateKeyPairSync, randomUUID, sign, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { JWK } from "jose";

/** A signing key of the issuer. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: JWK;
}

/** As deployed: what ours checks of a server on loopback, it need not check of a public one. */
export const RESOURCE = "https://mcp.example.com/mcp";
export const CLIENT_ID = "client_01K0BENCH0000000000000000";
/** Long enough for every clock the bench moves. */
const LIFETIME = 30 * 24 * 60 * 60;

export function makeKey(kid: string): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" } as JWK;
  return { kid, privateKey, jwk };
}

/** What AuthKit writes into a user's token. */
export function claimsFor(issuer: string, target: string): Readonly<Record<string, unknown>> {
  const now = Math.floor(Date.now() / 1000);
  const common = {
    sub: "user_01K0ADA0000000000000000000",
    sid: "app_consent_01K0BENCH0000000000000000",
    client_id: "client_01K0MCPCLIENT000000000000",
    org_id: "org_01K0ACME000000000000000000",
    scope: "openid profile email offline_access",
    iat: now,
    exp: now + LIFETIME,
    jti: randomUUID(),
  };
  // The plugin that xmcp ships takes https issuers and the client ID as audience, and nothing else.
  return target === "xmcp-plugin"
    ? { ...common, iss: issuer.replace(/^http:/, "https:"), aud: CLIENT_ID }
    : { ...common, iss: issuer, aud: RESOURCE };
}

export function signToken(key: SigningKey, claims: Readonly<Record<string, unknown>>): string {
  const input = `${encode({ alg: "RS256", typ: "JWT", kid: key.kid })}.${encode(claims)}`;
  return `${input}.${sign("sha256", Buffer.from(input), key.privateKey).toString("base64url")}`;
}

/** A token that names a key that does not exist; its signature is noise. */
export function unknownKeyToken(claims: Readonly<Record<string, unknown>>): string {
  const header = encode({ alg: "RS256", typ: "JWT", kid: randomUUID() });
  return `${header}.${encode(claims)}.${Buffer.alloc(256, randomUUID()).toString("base64url")}`;
}

/** Signs many tokens that differ in `jti` alone, on two threads. */
export async function signMany(
  key: SigningKey,
  claims: Readonly<Record<string, unknown>>,
  count: number,
): Promise<string[]> {
  const pem = key.privateKey.export({ type: "pkcs8", format: "pem" });
  const half = Math.ceil(count / 2);
  const lots = await Promise.all(
    [half, count - half].map(async (size) => {
      const workerData = { pem, kid: key.kid, claims, size };
      const worker = new Worker(new URL("sign-many.ts", import.meta.url), { workerData });
      const [tokens] = (await once(worker, "message")) as [string[]];
      return tokens;
    }),
  );
  return lots.flat();
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
