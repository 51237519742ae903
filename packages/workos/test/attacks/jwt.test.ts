import {
  createHmac,
  createSign,
  generateKeyPairSync,
  sign,
  constants,
  type KeyObject,
} from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { startGuarded, type GuardedServer } from "../guarded-server.js";
import {
  base64url,
  CLIENT_ID,
  createTestIssuer,
  goodClaims,
  SECONDS,
  type TestIssuer,
} from "../issuer.js";

/** What an attacker holds: everything public, and keys of their own. */
const issuer: TestIssuer = createTestIssuer();
const PUBLIC: KeyObject = issuer.publicKey("key_1");
const mine = generateKeyPairSync("rsa", { modulusLength: 2048 });
const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" });
const edwards = generateKeyPairSync("ed25519");
const GOOD: string = issuer.sign();

type Members = Readonly<Record<string, unknown>>;

const input = (header: Members, claims: Members = {}): string =>
  `${base64url(JSON.stringify({ alg: "RS256", kid: "key_1", ...header }))}.${base64url(JSON.stringify({ ...goodClaims(), ...claims }))}`;

/** A token signed by the attacker's own RSA key. */
function forge(header: Members, claims: Members = {}): string {
  const text = input(header, claims);
  return `${text}.${sign("sha256", Buffer.from(text), mine.privateKey).toString("base64url")}`;
}

function hmac(alg: string, secret: string | Buffer): string {
  const text = input({ alg });
  const digest = createHmac(`sha${alg.slice(2)}`, secret)
    .update(text)
    .digest("base64url");
  return `${text}.${digest}`;
}

const [head = "", body = "", signature = ""] = GOOD.split(".");

async function judged(
  token: string,
): Promise<{ status: number; reason: string; server: GuardedServer }> {
  const server = await startGuarded({ issuer, server: { maxHeaderSize: 65_536 } });
  const answer = await server.call(token);
  const { reason } = (await answer.json()) as { reason: string };
  expect(server.reached.count).toBe(0);
  return { status: answer.status, reason, server };
}

const refused = async (token: string, ...reasons: string[]): Promise<void> => {
  const { status, reason } = await judged(token);
  expect([status, reasons.includes(reason) ? "expected reason" : reason]).toEqual([
    401,
    "expected reason",
  ]);
};

it("the token these attacks start from is good", async () => {
  const server = await startGuarded({ issuer });
  expect((await server.call(GOOD)).status).toBe(200);
});

describe("algorithm", () => {
  it.each(["none", "None", "NONE", "nOnE", "none ", "", "null"])(
    "RS-45: alg %j without a signature",
    async (alg) => {
      await refused(`${input({ alg })}.`, "unsupported_algorithm", "token_malformed");
      await refused(`${input({ alg })}.${signature}`, "unsupported_algorithm");
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
      await refused(hmac(alg, secret), "unsupported_algorithm");
    }
    // The same signature under the name of the right algorithm.
    const [, , digest = ""] = hmac("HS256", secret).split(".");
    await refused(`${input({})}.${digest}`, "bad_signature");
  });

  it.each([
    ["RS384", "sha384"],
    ["RS512", "sha512"],
  ])("RS-45: %s, even by the issuer's own key", async (alg, hash) => {
    const text = input({ alg });
    const made = sign(hash, Buffer.from(text), issuer.privateKey("key_1")).toString("base64url");
    await refused(`${text}.${made}`, "unsupported_algorithm");
  });

  it("RS-45: PS256 by the issuer's own key, under either name", async () => {
    for (const alg of ["PS256", "RS256"]) {
      const text = input({ alg });
      const made = sign("sha256", Buffer.from(text), {
        key: issuer.privateKey("key_1"),
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: 32,
      });
      await refused(
        `${text}.${made.toString("base64url")}`,
        "unsupported_algorithm",
        "bad_signature",
      );
    }
  });

  it("RS-45: ES256 and EdDSA", async () => {
    const text = input({ alg: "ES256" });
    const made = createSign("sha256")
      .update(text)
      .sign({ key: elliptic.privateKey, dsaEncoding: "ieee-p1363" });
    await refused(`${text}.${made.toString("base64url")}`, "unsupported_algorithm");
    const other = input({ alg: "EdDSA" });
    const edDsa = sign(null, Buffer.from(other), edwards.privateKey).toString("base64url");
    await refused(`${other}.${edDsa}`, "unsupported_algorithm");
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
    await refused(forge({ kid }), "unknown_key");
  });

  it.each([1, 0, null, true, ["key_1"], { kid: "key_1" }, "", "k".repeat(10_000), undefined])(
    "RS-46: the key ID %j is none",
    async (kid) => {
      await refused(forge({ kid }), "token_malformed");
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
    await refused(issuer.sign({ header }), "critical_header");
  });

  it("RS-47: b64: false with the payload as it is", async () => {
    const header = base64url(
      JSON.stringify({ alg: "RS256", kid: "key_1", b64: false, crit: ["b64"] }),
    );
    const payload = JSON.stringify(goodClaims());
    const made = sign("sha256", Buffer.from(`${header}.${payload}`), issuer.privateKey("key_1"));
    const server = await startGuarded({ issuer });
    const answer = await server.call(`${header}.${payload}.${made.toString("base64url")}`);
    expect(answer.status).toBe(400);
    expect(server.reached.count).toBe(0);
  });
});

describe("other kinds of token, by the issuer's own key", () => {
  it.each([
    "logout+jwt",
    "secevent+jwt",
    "dpop+jwt",
    "oauth-id-jag+jwt",
    "token-introspection+jwt",
    "jwe",
    "kb+jwt",
  ])("RS-49 RS-101: typ %s", async (typ) => {
    await refused(issuer.sign({ header: { typ } }), "unsupported_token_type");
  });

  it.each<[string, Members, string]>([
    [
      "an ID token for the environment",
      { aud: CLIENT_ID, client_id: undefined, scope: undefined, nonce: "n" },
      "not_an_access_token",
    ],
    [
      "an ID token without a nonce",
      { aud: CLIENT_ID, client_id: undefined, scope: undefined },
      "not_an_access_token",
    ],
    [
      "an ID token for an MCP client",
      { aud: "https://client.example.com/metadata.json", at_hash: "x" },
      "not_an_access_token",
    ],
    [
      "an ID token for an MCP client, without more",
      { aud: "https://client.example.com/metadata.json" },
      "wrong_audience",
    ],
    [
      "a logout token",
      { events: { "http://schemas.openid.net/event/backchannel-logout": {} } },
      "not_an_access_token",
    ],
    ["a grant for another server (ID-JAG)", { aud: "https://acme.authkit.app" }, "wrong_audience"],
    [
      "a DPoP-bound token",
      { cnf: { jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } },
      "sender_constrained",
    ],
    ["a certificate-bound token", { cnf: { "x5t#S256": "A" } }, "sender_constrained"],
  ])("RS-49 RS-51 RS-101: %s", async (_, claims, reason) => {
    await refused(issuer.sign({ claims }), reason);
  });
});

describe("shape", () => {
  const jwe = [
    base64url('{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"key_1"}'),
    "a",
    "b",
    "c",
    "d",
  ].join(".");
  it.each([
    ["an opaque token", "2YotnFZFEjr1zCsicMWpAA"],
    ["a JWE", jwe],
    ["no signature and no dot", `${head}.${body}`],
    ["one more segment", `${GOOD}.`],
    ["a segment too many", `${GOOD}.${signature}`],
    ["a segment before", `.${GOOD}`],
    ["dots only", ".."],
    ["an empty header", `.${body}.${signature}`],
    ["an empty payload", `${head}..${signature}`],
    ["padding", `${GOOD}=`],
    ["more padding", `${GOOD}==`],
    ["a header that is a list", `${base64url("[]")}.${body}.${signature}`],
    ["a header that is null", `${base64url("null")}.${body}.${signature}`],
    ["a header that is a text", `${base64url('"RS256"')}.${body}.${signature}`],
    ["a payload that is a list", issuer.signText('{"alg":"RS256","kid":"key_1"}', "[]")],
    ["a payload that is null", issuer.signText('{"alg":"RS256","kid":"key_1"}', "null")],
    ["a payload that is a number", issuer.signText('{"alg":"RS256","kid":"key_1"}', "1")],
    ["a payload that is no JSON", issuer.signText('{"alg":"RS256","kid":"key_1"}', "{")],
    ["a nested JWT", issuer.signText('{"alg":"RS256","kid":"key_1","cty":"JWT"}', GOOD)],
    [
      "a header that is no UTF-8",
      `${Buffer.from([0xff, 0xfe]).toString("base64url")}.${body}.${signature}`,
    ],
    ["base64 letters", `${head}.${body}.+/${signature.slice(2)}`],
    ["a tilde", `${head}.${body}.~${signature.slice(1)}`],
  ])("RS-52 RS-53: %s", async (_, token) => {
    await refused(token, "token_malformed", "unsupported_algorithm");
  });

  it("RS-53: another spelling of the same signature is another token, and none of ours", async () => {
    // The last of 342 letters carries two bits; the other four are free for a lenient decoder.
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = alphabet.indexOf(GOOD.at(-1) ?? "");
    const sibling = alphabet.charAt(last ^ 1);
    const token = GOOD.slice(0, -1) + sibling;
    expect(Buffer.from(token.split(".")[2] ?? "", "base64url")).toEqual(
      Buffer.from(signature, "base64url"),
    );
    await refused(token, "token_malformed");
  });

  it("RS-53: whitespace inside a token is a malformed header", async () => {
    const server = await startGuarded({ issuer });
    for (const token of [
      `${head}. ${body}.${signature}`,
      `${head}.${body}.${signature} x`,
      `${head}.\t${body}.${signature}`,
    ]) {
      expect((await server.call(token)).status).toBe(400);
    }
    expect(server.reached.count).toBe(0);
  });

  it("RS-40: an empty signature signs nothing", async () => {
    await refused(`${head}.${body}.`, "bad_signature");
  });

  it("RS-40: parts of two good tokens make no good one", async () => {
    const bob = issuer.sign({ claims: { sub: "user_01BOB" } });
    const [, bobBody = "", bobSignature = ""] = bob.split(".");
    await refused(`${head}.${bobBody}.${signature}`, "bad_signature");
    await refused(`${head}.${body}.${bobSignature}`, "bad_signature");
  });
});

describe("claims, by the issuer's own key", () => {
  const signed = (members: string): string =>
    issuer.signText(
      '{"alg":"RS256","kid":"key_1"}',
      `{"iss":"https://acme.authkit.app","sid":"s","client_id":"c",${members}}`,
    );
  const REST = '"sub":"user_01ADA","aud":"https://mcp.example.com/mcp"';

  it.each([
    ["text", '"1768478690"'],
    ["infinite", "1e400"],
    ["huge", "1e300"],
    ["beyond every date", "8640000000001"],
    ["negative", "-1"],
    ["null", "null"],
    ["true", "true"],
    ["a list", "[1768478690]"],
    ["an object", "{}"],
  ])("RS-48: exp that is %s", async (_, exp) => {
    await refused(signed(`${REST},"exp":${exp}`), "claim_invalid");
  });

  it("RS-48: NaN is no JSON at all, and no exp at all is missing", async () => {
    await refused(signed(`${REST},"exp":NaN`), "token_malformed");
    await refused(signed(REST), "claim_missing");
  });

  it("RS-48: of doubled members the last counts for every check", async () => {
    await refused(signed(`${REST},"exp":1768478690,"exp":1`), "token_expired");
    await refused(
      signed(`${REST},"exp":1768478690,"aud":"https://other.example"`),
      "wrong_audience",
    );
    await refused(signed(`${REST},"exp":1768478690,"iss":"https://evil.example"`), "wrong_issuer");
  });

  it("RS-45: nor does a doubled alg help", async () => {
    const text = `${base64url('{"alg":"RS256","alg":"none","kid":"key_1"}')}.${body}`;
    await refused(`${text}.`, "unsupported_algorithm", "token_malformed");
    const back = `${base64url('{"alg":"none","alg":"RS256","kid":"key_1"}')}.${body}`;
    await refused(`${back}.${signature}`, "bad_signature");
  });

  it.each<[string, unknown, string]>([
    ["nobody", undefined, "claim_missing"],
    ["null", null, "claim_invalid"],
    ["an empty text", "", "claim_invalid"],
    ["an empty list", [], "claim_invalid"],
    ["a number in a list", ["https://mcp.example.com/mcp", 1], "claim_invalid"],
    ["a list in a list", [["https://mcp.example.com/mcp"]], "claim_invalid"],
    ["an object", { "https://mcp.example.com/mcp": true }, "claim_invalid"],
    ["a sibling", "https://mcp.example.com/other", "wrong_audience"],
    ["a prefix", "https://mcp.example.com", "wrong_audience"],
    ["a longer one", "https://mcp.example.com/mcp/x", "wrong_audience"],
    ["a trailing slash", "https://mcp.example.com/mcp/", "wrong_audience"],
    ["upper case", "https://mcp.example.com/MCP", "wrong_audience"],
    [
      "a stranger beside us",
      ["https://mcp.example.com/mcp", "https://other.example/mcp"],
      "wrong_audience",
    ],
    ["a stranger beside the environment", [CLIENT_ID, "client_01OTHER"], "wrong_audience"],
    ["a comma-separated text", "https://mcp.example.com/mcp,https://x.example", "wrong_audience"],
    ["a space-separated text", "https://mcp.example.com/mcp https://x.example", "wrong_audience"],
    ["a homograph", "https://mcp.ex\u0430mple.com/mcp", "wrong_audience"],
  ])("RS-41: aud of %s", async (_, aud, reason) => {
    await refused(issuer.sign({ claims: { aud } }), reason);
  });

  it.each([
    "user_01ADA\u0000",
    "user_01\u202EADA",
    "\uFF55ser_01ADA",
    "user_01ADA\u0301",
    "user_\u{1D7D8}1",
  ])("RS-48: sub %j, that only looks like a user's", async (sub) => {
    await refused(issuer.sign({ claims: { sub } }), "claim_invalid");
  });

  it("RS-48: claims that go by the names of every object's parts replace nothing", async () => {
    await refused(
      signed(
        `"__proto__":{"sub":"user_01ADA","aud":"https://mcp.example.com/mcp","exp":1768478690}`,
      ),
      "claim_missing",
    );
    await refused(
      issuer.signText('{"__proto__":{"alg":"RS256","kid":"key_1"}}', JSON.stringify(goodClaims())),
      "unsupported_algorithm",
    );
  });

  it("RS-42: a token of yesterday stays one, whatever else it says", async () => {
    await refused(
      issuer.sign({ claims: { exp: SECONDS - 86_400, iat: SECONDS + 0, nbf: 0 } }),
      "token_expired",
    );
  });
});

describe("RS-44: issuers that look right", () => {
  let answers: string[] = [];
  beforeAll(() => {
    answers = [
      "https://acme.authkit.app/",
      "https://acme.authkit.app#",
      "https://ACME.AUTHKIT.APP",
      "https://acme.authkit.app.",
      "https://acme.authkit.app:443",
      "https://acme.authkit.app@evil.example",
      "http://acme.authkit.app",
      " https://acme.authkit.app",
      "https://acme.authkit.app\u0000",
      "https://\u0430cme.authkit.app",
    ];
  });
  it("are not", async () => {
    for (const iss of answers) await refused(issuer.sign({ claims: { iss } }), "wrong_issuer");
  });
});
