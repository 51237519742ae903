import { describe, expect, it } from "vitest";
import { claimFault, hasExpired, headerFault } from "../../src/standards/access-token.js";

const HEADER = { alg: "RS256", kid: "key_1" };
const NOW = 1_800_000_000;
const CLAIMS = {
  iss: "https://i.example",
  sub: "user_1",
  aud: "https://r.example/mcp",
  iat: NOW,
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
  it("RS-50: takes a token without jti, client_id, nbf and scope", () => {
    expect(claimFault(CLAIMS, NOW, 10)).toBeUndefined();
  });

  it.each(["iss", "sub", "aud", "exp", "iat"])("RS-48: refuses a token without %s", (claim) => {
    expect(claimFault({ ...CLAIMS, [claim]: undefined }, NOW, 10)).toEqual({
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
    expect(claimFault({ ...CLAIMS, [claim]: value }, NOW, 10)).toEqual({
      reason: "claim_invalid",
      claim,
    });
  });

  it("takes an empty scope", () => {
    expect(claimFault({ ...CLAIMS, scope: "" }, NOW, 10)).toBeUndefined();
  });

  it.each([
    ["exp", NOW + 1, undefined],
    ["exp", NOW, undefined],
    ["exp", NOW - 9, undefined],
    ["exp", NOW - 10, "token_expired"],
    ["exp", NOW - 10.5, "token_expired"],
    ["exp", 0, "token_expired"],
    ["nbf", NOW + 10, undefined],
    ["nbf", NOW + 10.1, "token_not_yet_valid"],
    ["nbf", NOW + 11, "token_not_yet_valid"],
    ["iat", NOW + 10, undefined],
    ["iat", NOW + 11, "token_issued_in_future"],
    ["iat", 0, undefined],
  ])("RS-48: accepts ten seconds of difference between clocks: %s = %d", (claim, value, reason) => {
    const fault = claimFault({ ...CLAIMS, [claim]: value }, NOW, 10);
    expect(fault?.reason).toBe(reason);
  });

  it("RS-48: returns by how much a token is too old or too new, with the tolerance that is configured", () => {
    const at = (claims: object, tolerance: number) =>
      claimFault({ ...CLAIMS, ...claims }, NOW, tolerance);
    expect(at({ exp: NOW - 3600 }, 60)).toEqual({ reason: "token_expired", secondsAgo: 3600 });
    expect(at({ exp: NOW - 59 }, 60)).toBeUndefined();
    expect(at({ nbf: NOW + 61 }, 60)).toEqual({ reason: "token_not_yet_valid", secondsAhead: 61 });
    expect(at({ iat: NOW + 60 }, 60)).toBeUndefined();
    expect(at({ iat: NOW + 1 }, 0)).toEqual({ reason: "token_issued_in_future", secondsAhead: 1 });
  });

  it.each([[{ jkt: "x" }], [{ "x5t#S256": "x" }], [{}], [null], ["x"]])(
    "RS-51: refuses a token bound by cnf %j",
    (cnf) => {
      expect(claimFault({ ...CLAIMS, cnf }, NOW, 10)).toEqual({ reason: "sender_constrained" });
    },
  );

  it.each(["nonce", "at_hash", "c_hash", "s_hash", "events"])(
    "RS-49: refuses a token with %s, which no access token has",
    (claim) => {
      expect(claimFault({ ...CLAIMS, [claim]: "x" }, NOW, 10)).toEqual({
        reason: "not_an_access_token",
        claim,
      });
    },
  );
});

it("RS-48: a token is over so many seconds after its exp as are tolerated", () => {
  expect(hasExpired(NOW, NOW + 9.9, 10)).toBe(false);
  expect(hasExpired(NOW, NOW + 10, 10)).toBe(true);
});
