import { describe, expect, it } from "vitest";
import { startGuarded } from "../support/guarded-server.js";
import { base64url, CLIENT_ID, goodClaims, SECONDS } from "../support/issuer.js";
import { body, GOOD, head, issuer, signature, verdictOn, type Members } from "./attacker.js";

describe("T-15: other kinds of token, by the issuer's own key", () => {
  it.each([
    "logout+jwt",
    "secevent+jwt",
    "dpop+jwt",
    "oauth-id-jag+jwt",
    "token-introspection+jwt",
    "jwe",
    "kb+jwt",
  ])("RS-49 RS-101: typ %s", async (typ) => {
    expect(await verdictOn(issuer.sign({ header: { typ } }))).toBe("401 unsupported_token_type");
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
      "an ID token as AuthKit issues it to an MCP client",
      {
        aud: "client_01MCP",
        client_id: undefined,
        scope: undefined,
        sid: undefined,
        jti: undefined,
      },
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
    expect(await verdictOn(issuer.sign({ claims }))).toBe(`401 ${reason}`);
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
    expect(await verdictOn(token)).toMatch(/^401 (?:token_malformed|unsupported_algorithm)$/);
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
    expect(await verdictOn(token)).toBe("401 token_malformed");
  });

  it("RS-53: whitespace inside a token is a malformed header", async () => {
    const server = await startGuarded({ issuer });
    for (const token of [
      `${head}. ${body}.${signature}`,
      `${head}.${body}.${signature} x`,
      `${head}.\t${body}.${signature}`,
    ]) {
      expect((await server.ask(token)).status).toBe(400);
    }
    expect(server.reached.count).toBe(0);
  });

  it("RS-40: an empty signature signs nothing", async () => {
    expect(await verdictOn(`${head}.${body}.`)).toBe("401 bad_signature");
  });

  it("RS-40: parts of two good tokens make no good one", async () => {
    const bob = issuer.sign({ claims: { sub: "user_01BOB" } });
    const [, bobBody = "", bobSignature = ""] = bob.split(".");
    expect(await verdictOn(`${head}.${bobBody}.${signature}`)).toBe("401 bad_signature");
    expect(await verdictOn(`${head}.${body}.${bobSignature}`)).toBe("401 bad_signature");
  });
});

describe("claims, by the issuer's own key", () => {
  const signed = (members: string): string =>
    issuer.signText(
      '{"alg":"RS256","kid":"key_1"}',
      `{"iss":"https://acme.authkit.app","sid":"s","client_id":"c",${members}}`,
    );
  const REST = '"sub":"user_01ADA","aud":"https://mcp.example.com/mcp","iat":1768478390';

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
    expect(await verdictOn(signed(`${REST},"exp":${exp}`))).toBe("401 claim_invalid");
  });

  it("RS-48: NaN is no JSON at all, and no exp at all is missing", async () => {
    expect(await verdictOn(signed(`${REST},"exp":NaN`))).toBe("401 token_malformed");
    expect(await verdictOn(signed(REST))).toBe("401 claim_missing");
  });

  it("RS-48: of doubled members the last counts for every check", async () => {
    expect(await verdictOn(signed(`${REST},"exp":1768478690,"exp":1`))).toBe("401 token_expired");
    expect(await verdictOn(signed(`${REST},"exp":1768478690,"aud":"https://other.example"`))).toBe(
      "401 wrong_audience",
    );
    expect(await verdictOn(signed(`${REST},"exp":1768478690,"iss":"https://evil.example"`))).toBe(
      "401 wrong_issuer",
    );
  });

  it("RS-45: nor does a doubled alg help", async () => {
    const text = `${base64url('{"alg":"RS256","alg":"none","kid":"key_1"}')}.${body}`;
    expect(await verdictOn(`${text}.`)).toMatch(/^401 (?:unsupported_algorithm|token_malformed)$/);
    const back = `${base64url('{"alg":"none","alg":"RS256","kid":"key_1"}')}.${body}`;
    expect(await verdictOn(`${back}.${signature}`)).toBe("401 bad_signature");
  });

  it.each<[string, unknown, string]>([
    ["no one", undefined, "claim_missing"],
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
    expect(await verdictOn(issuer.sign({ claims: { aud } }))).toBe(`401 ${reason}`);
  });

  it.each([
    "user_01ADA\u0000",
    "user_01\u202EADA",
    "\uFF55ser_01ADA",
    "user_01ADA\u0301",
    "user_\u{1D7D8}1",
  ])("RS-48: sub %j, that only looks like a user's", async (sub) => {
    expect(await verdictOn(issuer.sign({ claims: { sub } }))).toBe("401 claim_invalid");
  });

  it("RS-48: claims that go by the names of every object's parts replace nothing", async () => {
    expect(
      await verdictOn(
        signed(
          `"__proto__":{"sub":"user_01ADA","aud":"https://mcp.example.com/mcp","exp":1768478690}`,
        ),
      ),
    ).toBe("401 claim_missing");
    expect(
      await verdictOn(
        issuer.signText(
          '{"__proto__":{"alg":"RS256","kid":"key_1"}}',
          JSON.stringify(goodClaims()),
        ),
      ),
    ).toBe("401 unsupported_algorithm");
  });

  it("RS-42: a token of yesterday stays one, whatever else it says", async () => {
    expect(
      await verdictOn(issuer.sign({ claims: { exp: SECONDS - 86_400, iat: SECONDS + 0, nbf: 0 } })),
    ).toBe("401 token_expired");
  });
});

describe("issuers that look right", () => {
  it.each([
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
  ])("RS-44: %j is another", async (iss) => {
    expect(await verdictOn(issuer.sign({ claims: { iss } }))).toBe("401 wrong_issuer");
  });
});
