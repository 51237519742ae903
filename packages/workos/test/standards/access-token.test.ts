import { describe, expect, it } from "vitest";
import { claimFault, hasExpired, headerFault } from "../../src/standards/access-token.js";

const HEADER = { alg: "RS256", kid: "key_1" };
const NOW = 1_800_000_000;
const CLAIMS = {
  iss: "https://i.example",
  sub: "user_1",
  aud: "https://r.example/mcp",
  exp: NOW + 300,
};

describe("headerFault", () => {
  it.each([
    undefined,
    "at+jwt",
    "AT+JWT",
    "application/at+jwt",
    "Application/AT+JWT",
    "JWT",
    "jwt",
  ])("RS-49: takes typ %j", (typ) => {
    expect(headerFault(typ === undefined ? HEADER : { ...HEADER, typ })).toBeUndefined();
  });

  it.each([
    "dpop+jwt",
    "logout+jwt",
    "secevent+jwt",
    "oauth-id-jag+jwt",
    "id_token+jwt",
    "application/jwt",
    "JOSE",
    "",
    " JWT",
    null,
    7,
    ["JWT"],
  ])("RS-49: refuses typ %j", (typ) => {
    expect(headerFault({ ...HEADER, typ })).toEqual({ reason: "unsupported_token_type" });
  });

  it.each([
    "none",
    "None",
    "NONE",
    "nOnE",
    "HS256",
    "HS384",
    "RS384",
    "RS512",
    "PS256",
    "ES256",
    "EdDSA",
    "rs256",
    "",
    null,
    0,
    ["RS256"],
    undefined,
  ])("RS-45: refuses alg %j", (alg) => {
    expect(headerFault({ ...HEADER, alg })).toEqual({ reason: "unsupported_algorithm" });
  });

  it.each([[["b64"]], [["exp"]], [[]], [null], ["exp"], [{}]])("RS-47: refuses crit %j", (crit) => {
    expect(headerFault({ ...HEADER, crit })).toEqual({ reason: "critical_header" });
  });

  it.each([undefined, "", null, 1, {}, ["key_1"], "k".repeat(257)])(
    "RS-46: refuses the key ID %j",
    (kid) => {
      expect(headerFault({ ...HEADER, kid })).toEqual({ reason: "token_malformed", part: "kid" });
    },
  );

  it("takes a key ID of 256 characters", () => {
    expect(headerFault({ ...HEADER, kid: "k".repeat(256) })).toBeUndefined();
  });
});

describe("claimFault", () => {
  it("RS-50: takes a token without iat, jti, client_id, nbf and scope", () => {
    expect(claimFault(CLAIMS, NOW)).toBeUndefined();
  });

  it.each(["iss", "sub", "aud", "exp"])("RS-48: refuses a token without %s", (claim) => {
    expect(claimFault({ ...CLAIMS, [claim]: undefined }, NOW)).toEqual({
      reason: "claim_missing",
      claim,
    });
  });

  it.each([
    ["iss", 7],
    ["iss", ""],
    ["sub", ""],
    ["sub", 42],
    ["sub", null],
    ["sub", ["user_1"]],
    ["sub", { id: "user_1" }],
    ["jti", 1],
    ["jti", ""],
    ["client_id", ""],
    ["client_id", {}],
    ["scope", ["openid"]],
    ["scope", null],
    ["aud", ""],
    ["aud", []],
    ["aud", [""]],
    ["aud", ["https://r.example/mcp", 7]],
    ["aud", [["https://r.example/mcp"]]],
    ["aud", { 0: "https://r.example/mcp" }],
    ["aud", null],
    ["aud", true],
    ["exp", String(NOW + 300)],
    ["exp", null],
    ["exp", true],
    ["exp", Number.NaN],
    ["exp", Number.POSITIVE_INFINITY],
    ["exp", -1],
    ["exp", 8.64e12 + 1],
    ["exp", [NOW + 300]],
    ["nbf", "0"],
    ["nbf", -5],
    ["nbf", null],
    ["iat", "0"],
    ["iat", Number.NEGATIVE_INFINITY],
  ])("RS-48: refuses %s = %j as invalid", (claim, value) => {
    expect(claimFault({ ...CLAIMS, [claim]: value }, NOW)).toEqual({
      reason: "claim_invalid",
      claim,
    });
  });

  it("takes an empty scope", () => {
    expect(claimFault({ ...CLAIMS, scope: "" }, NOW)).toBeUndefined();
  });

  it.each([
    ["exp", NOW + 1, undefined],
    ["exp", NOW, undefined],
    ["exp", NOW - 4, undefined],
    ["exp", NOW - 5, "token_expired"],
    ["exp", NOW - 5.5, "token_expired"],
    ["exp", 0, "token_expired"],
    ["nbf", NOW + 5, undefined],
    ["nbf", NOW + 5.1, "token_not_yet_valid"],
    ["nbf", NOW + 6, "token_not_yet_valid"],
    ["iat", NOW + 5, undefined],
    ["iat", NOW + 6, "token_issued_in_future"],
    ["iat", 0, undefined],
  ])("RS-48: forgives five seconds of clock: %s = %d", (claim, value, reason) => {
    const fault = claimFault({ ...CLAIMS, [claim]: value }, NOW);
    expect(fault?.reason).toBe(reason);
  });

  it.each([[{ jkt: "x" }], [{ "x5t#S256": "x" }], [{}], [null], ["x"]])(
    "RS-51: refuses a token bound by cnf %j",
    (cnf) => {
      expect(claimFault({ ...CLAIMS, cnf }, NOW)).toEqual({ reason: "sender_constrained" });
    },
  );

  it.each(["nonce", "at_hash", "c_hash", "s_hash", "events"])(
    "RS-49: refuses a token with %s, which no access token has",
    (claim) => {
      expect(claimFault({ ...CLAIMS, [claim]: "x" }, NOW)).toEqual({
        reason: "not_an_access_token",
        claim,
      });
    },
  );
});

it("RS-48: a token is over five seconds after its exp", () => {
  expect(hasExpired(NOW, NOW + 4.9)).toBe(false);
  expect(hasExpired(NOW, NOW + 5)).toBe(true);
});
