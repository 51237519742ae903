import type { AccessTokenClaims } from "../standards/access-token.js";
import { PERSONA_ISSUER } from "./persona.js";

const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const KEY_ID = "persona";

const generateKeys = () =>
  crypto.subtle.generateKey(
    { ...RSA, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ["sign", "verify"],
  );
/** Made when it is first needed, since that takes a while, and the same for the whole process. */
let keys: ReturnType<typeof generateKeys> | undefined;
const getKeys = (): NonNullable<typeof keys> => (keys ??= generateKeys());

/** Signs an access token of a persona as AuthKit does. */
export async function signToken(claims: AccessTokenClaims): Promise<string> {
  const { privateKey } = await getKeys();
  const input = [{ alg: "RS256", kid: KEY_ID, typ: "at+jwt" }, claims]
    .map((part) => toBase64Url(new TextEncoder().encode(JSON.stringify(part))))
    .join(".");
  const signature = await crypto.subtle.sign(RSA, privateKey, new TextEncoder().encode(input));
  return `${input}.${toBase64Url(new Uint8Array(signature))}`;
}

/** Answers what the authorization server of every persona is asked; undefined for another path. */
export async function answerAsIssuer(path: string): Promise<Response | undefined> {
  switch (path) {
    case "/oauth2/jwks": {
      const jwk = await crypto.subtle.exportKey("jwk", (await getKeys()).publicKey);
      return Response.json({ keys: [{ ...jwk, kid: KEY_ID, alg: "RS256", use: "sig" }] });
    }
    case "/.well-known/oauth-authorization-server":
      return Response.json({
        issuer: PERSONA_ISSUER,
        authorization_endpoint: `${PERSONA_ISSUER}/oauth2/authorize`,
        token_endpoint: `${PERSONA_ISSUER}/oauth2/token`,
        registration_endpoint: `${PERSONA_ISSUER}/oauth2/register`,
        jwks_uri: `${PERSONA_ISSUER}/oauth2/jwks`,
        response_types_supported: ["code"],
        grant_types_supported: ["authorization_code", "refresh_token"],
        code_challenge_methods_supported: ["S256"],
        token_endpoint_auth_methods_supported: ["none"],
        scopes_supported: ["openid", "profile", "email", "offline_access"],
      });
    default:
      return undefined;
  }
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
