import {
  constants,
  createHmac,
  createSign,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from "node:crypto";
import { describe, expect, it } from "vitest";
import { startGuarded } from "../support/guarded-server.js";
import { base64url, goodClaims } from "../support/issuer.js";
import {
  forge,
  GOOD,
  input,
  issuer,
  judged,
  mine,
  signature,
  verdictOn,
  type Members,
} from "./attacker.js";

const PUBLIC: KeyObject = issuer.publicKey("key_1");
const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" });
const edwards = generateKeyPairSync("ed25519");

function hmac(alg: string, secret: string | Buffer): string {
  const text = input({ alg });
  const digest = createHmac(`sha${alg.slice(2)}`, secret)
    .update(text)
    .digest("base64url");
  return `${text}.${digest}`;
}

it("the token these attacks start from is good", async () => {
  const server = await startGuarded({ issuer });
  expect((await server.ask(GOOD)).status).toBe(200);
});

describe("T-15: algorithm", () => {
  it.each(["none", "None", "NONE", "nOnE", "none ", "", "null"])(
    "RS-45: alg %j without a signature",
    async (alg) => {
      expect(await verdictOn(`${input({ alg })}.`)).toMatch(
        /^401 (?:unsupported_algorithm|token_malformed)$/,
      );
      expect(await verdictOn(`${input({ alg })}.${signature}`)).toBe("401 unsupported_algorithm");
    },
  );

  const der = PUBLIC.export({ type: "spki", format: "der" });
  const pem = PUBLIC.export({ type: "spki", format: "pem" }).toString();
  const jwk = PUBLIC.export({ format: "jwk" });
  it.each([
    ["SPKI PEM", pem],
    ["SPKI PEM without its last line break", pem.trimEnd()],
    ["PKCS#1 PEM", PUBLIC.export({ type: "pkcs1", format: "pem" }).toString()],
    ["DER", der],
    ["base64 of DER", der.toString("base64")],
    ["the JWK's text", JSON.stringify(jwk)],
    ["the modulus", Buffer.from(jwk.n ?? "", "base64url")],
    ["the modulus in base64url", jwk.n ?? ""],
    ["nothing", ""],
  ])("RS-45: HMAC with the public key as secret, as %s", async (_, secret) => {
    for (const alg of ["HS256", "HS384", "HS512"]) {
      expect(await verdictOn(hmac(alg, secret))).toBe("401 unsupported_algorithm");
    }
    // The same signature under the name of the right algorithm.
    const [, , digest = ""] = hmac("HS256", secret).split(".");
    expect(await verdictOn(`${input({})}.${digest}`)).toBe("401 bad_signature");
  });

  it.each([
    ["RS384", "sha384"],
    ["RS512", "sha512"],
  ])("RS-45: %s, even by the issuer's own key", async (alg, hash) => {
    const text = input({ alg });
    const made = sign(hash, Buffer.from(text), issuer.privateKey("key_1")).toString("base64url");
    expect(await verdictOn(`${text}.${made}`)).toBe("401 unsupported_algorithm");
  });

  it("RS-45: PS256 by the issuer's own key, under either name", async () => {
    for (const alg of ["PS256", "RS256"]) {
      const text = input({ alg });
      const made = sign("sha256", Buffer.from(text), {
        key: issuer.privateKey("key_1"),
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: 32,
      });
      expect(await verdictOn(`${text}.${made.toString("base64url")}`)).toMatch(
        /^401 (?:unsupported_algorithm|bad_signature)$/,
      );
    }
  });

  it("RS-45: ES256 and EdDSA", async () => {
    const text = input({ alg: "ES256" });
    const made = createSign("sha256")
      .update(text)
      .sign({ key: elliptic.privateKey, dsaEncoding: "ieee-p1363" });
    expect(await verdictOn(`${text}.${made.toString("base64url")}`)).toBe(
      "401 unsupported_algorithm",
    );
    const other = input({ alg: "EdDSA" });
    const edDsa = sign(null, Buffer.from(other), edwards.privateKey).toString("base64url");
    expect(await verdictOn(`${other}.${edDsa}`)).toBe("401 unsupported_algorithm");
  });
});

describe("keys that the token brings along", () => {
  const jwk = {
    ...mine.publicKey.export({ format: "jwk" }),
    kid: "key_1",
    alg: "RS256",
    use: "sig",
  };
  it.each<[string, Members]>([
    ["jwk", { jwk }],
    ["jku", { jku: "https://evil.example/jwks" }],
    [
      "jku of the issuer with a redirect",
      { jku: "https://acme.authkit.app/redirect?to=https://evil.example" },
    ],
    ["x5u", { x5u: "https://evil.example/cert" }],
    ["x5c", { x5c: [mine.publicKey.export({ type: "spki", format: "der" }).toString("base64")] }],
    ["x5t", { x5t: "AAAA", "x5t#S256": "AAAA" }],
  ])("RS-46: %s is not looked at", async (_, header) => {
    const { status, reason, server } = await judged(forge(header));
    expect([status, reason]).toEqual([401, "bad_signature"]);
    expect(
      server.issuer.requests.every((url) => url === "https://acme.authkit.app/oauth2/jwks"),
    ).toBe(true);
  });

  it.each([
    "../../../../dev/null",
    "/dev/null",
    "key_1'; DROP TABLE keys; --",
    "key_1\u0000",
    "KEY_1",
    " key_1",
    "__proto__",
    "constructor",
    "https://evil.example/jwks#key_1",
    "k".repeat(256),
  ])("RS-46: the key ID %j finds nothing", async (kid) => {
    expect(await verdictOn(forge({ kid }))).toBe("401 unknown_key");
  });

  it.each([1, 0, null, true, ["key_1"], { kid: "key_1" }, "", "k".repeat(10_000), undefined])(
    "RS-46: the key ID %j is none",
    async (kid) => {
      expect(await verdictOn(forge({ kid }))).toBe("401 token_malformed");
    },
  );
});

describe("extensions", () => {
  it.each<[string, Members]>([
    ["an unknown one", { crit: ["x"], x: true }],
    ["b64", { crit: ["b64"], b64: false }],
    ["a known name", { crit: ["exp"], exp: 1 }],
    ["an empty list", { crit: [] }],
    ["no list", { crit: "b64" }],
    ["null", { crit: null }],
  ])("RS-47: crit with %s, by the issuer's own key", async (_, header) => {
    expect(await verdictOn(issuer.sign({ header }))).toBe("401 critical_header");
  });

  it("RS-47: b64: false with the payload as it is", async () => {
    const header = base64url(
      JSON.stringify({ alg: "RS256", kid: "key_1", b64: false, crit: ["b64"] }),
    );
    const payload = JSON.stringify(goodClaims());
    const made = sign("sha256", Buffer.from(`${header}.${payload}`), issuer.privateKey("key_1"));
    const server = await startGuarded({ issuer });
    const answer = await server.ask(`${header}.${payload}.${made.toString("base64url")}`);
    expect(answer.status).toBe(400);
    expect(server.reached.count).toBe(0);
  });
});
