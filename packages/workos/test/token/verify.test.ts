import { describe, expect, it } from "vitest";
import { verifyAccessToken } from "../../src/token/verify.js";
import { CLIENT_ID, createTestIssuer, SECONDS } from "../support/issuer.js";
import { policyFor } from "./verifying.js";

const issuer = createTestIssuer();
const policy = policyFor([issuer]);
const refusalOf = async (token: string, held = policy): Promise<unknown> => {
  const verification = await verifyAccessToken(token, held);
  return verification.ok ? "accepted" : verification.refusal;
};

describe("verifyAccessToken", () => {
  it("RS-40: accepts a good token and says what is in it", async () => {
    const verification = await verifyAccessToken(
      issuer.sign({ claims: { org_id: "org_01ACME" } }),
      policy,
    );
    expect(verification).toMatchObject({
      ok: true,
      token: {
        principal: { kind: "user", id: "user_01ADA", sessionId: "app_consent_01ADA" },
        audience: "resource",
        authkit: { organizationId: "org_01ACME", scopes: ["openid", "profile"] },
        claims: { sub: "user_01ADA", jti: "jti_01", exp: 1_768_478_690 },
        signedBy: { kid: "key_1" },
      },
    });
  });

  it("freezes the claims to the bottom", async () => {
    const verification = await verifyAccessToken(
      issuer.sign({ claims: { custom: { list: [{ a: 1 }] } } }),
      policy,
    );
    const claims = verification.ok ? (verification.token.claims as Record<string, unknown>) : {};
    const custom = claims["custom"] as { list: [{ a: number }] };
    expect(
      [claims, custom, custom.list, custom.list[0]].map((part) => Object.isFrozen(part)),
    ).toEqual([true, true, true, true]);
  });

  it("RS-50: accepts a token without client_id and jti for this resource", async () => {
    const claims = { client_id: undefined, jti: undefined };
    expect(await refusalOf(issuer.sign({ claims }))).toBe("accepted");
  });

  it("RS-40: judges the header before anything else", async () => {
    expect(await refusalOf(issuer.sign({ header: { alg: "none" }, claims: { iss: "x" } }))).toEqual(
      { reason: "unsupported_algorithm" },
    );
  });

  it("RS-49: takes one spelling of a token only, in each of its parts", async () => {
    const malformed = { reason: "token_malformed", part: "JWS" };
    const good = issuer.sign();
    const [header = "", payload = "", signature = ""] = good.split(".");
    // 256 bytes leave four unused bits in the last letter: its neighbour says the same.
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const neighbour = alphabet[alphabet.indexOf(signature.at(-1) ?? "") + 1];
    const respelt = `${signature.slice(0, -1)}${neighbour}`;
    expect(Buffer.from(respelt, "base64url").equals(Buffer.from(signature, "base64url"))).toBe(
      true,
    );
    for (const token of [
      `${header}.${payload}.${respelt}`,
      `${header}.${payload}.${signature}=`,
      `${header}=.${payload}.${signature}`,
      `${header}.${payload}=.${signature}`,
      `${good}.`,
      `${good}.${signature}`,
      `${header}.${payload}`,
      "",
    ]) {
      expect([token, await refusalOf(token)]).toEqual([token, malformed]);
    }
  });

  it("RS-44: compares the issuer byte by byte", async () => {
    for (const iss of [
      "https://acme.authkit.app/",
      "https://ACME.authkit.app",
      "http://acme.authkit.app",
      "https://acme.authkit.app:443",
      "https://acme.authkit.app.evil.example",
      "https://other.authkit.app",
      "",
      undefined,
      7,
      ["https://acme.authkit.app"],
    ]) {
      expect(await refusalOf(issuer.sign({ claims: { iss } }))).toEqual({ reason: "wrong_issuer" });
    }
  });

  it("RS-44: asks no issuer about a token of a foreign one", async () => {
    const fresh = createTestIssuer();
    const token = fresh.sign({ claims: { iss: "https://evil.example" } });
    expect(await refusalOf(token, policyFor([fresh]))).toEqual({ reason: "wrong_issuer" });
    expect(fresh.requests).toEqual([]);
  });

  it("RS-44: a key of one accepted issuer signs for no other", async () => {
    const old = createTestIssuer("https://old.authkit.app");
    const both = policyFor([issuer, old]);
    expect(await refusalOf(old.sign(), both)).toBe("accepted");
    expect(
      await refusalOf(old.sign({ claims: { iss: "https://acme.authkit.app" } }), both),
    ).toEqual({
      reason: "bad_signature",
    });
  });

  it("RS-42: refuses an expired token", async () => {
    const claims = { exp: SECONDS - 11, iat: SECONDS - 300 };
    expect(await refusalOf(issuer.sign({ claims }))).toEqual({
      reason: "token_expired",
      secondsAgo: 11,
    });
  });

  it("judges the signature before the claims, so that a forger learns nothing of them", async () => {
    const forged = createTestIssuer().sign({ claims: { exp: 1 } });
    expect(await refusalOf(forged)).toEqual({ reason: "bad_signature" });
  });

  it("RS-41: refuses another audience, with a hint for the operator", async () => {
    expect(await refusalOf(issuer.sign({ claims: { aud: "https://other.example/mcp" } }))).toEqual({
      reason: "wrong_audience",
      hint: "another audience",
    });
  });

  it("RS-55: refuses an application's own token", async () => {
    const claims = {
      sub: "client_01APP",
      client_id: "client_01APP",
      sid: undefined,
      aud: CLIENT_ID,
    };
    expect(await refusalOf(issuer.sign({ claims }))).toEqual({
      reason: "caller_not_accepted",
      caller: "application",
    });
  });

  it("takes a token for the environment as such", async () => {
    const verification = await verifyAccessToken(
      issuer.sign({ claims: { aud: CLIENT_ID } }),
      policy,
    );
    expect(verification.ok && verification.token.audience).toBe("environment");
  });

  it.each([{ client_id: undefined }, { scope: undefined }])(
    "RS-50: takes a token for the environment that says only one of client and scope: %j",
    async (claims) => {
      expect(await refusalOf(issuer.sign({ claims: { aud: CLIENT_ID, ...claims } }))).toBe(
        "accepted",
      );
    },
  );

  it("RS-49: takes no ID token of the environment's own application for an access token", async () => {
    const claims = { aud: CLIENT_ID, client_id: undefined, scope: undefined };
    expect(await refusalOf(issuer.sign({ claims }))).toEqual({
      reason: "not_an_access_token",
      claim: "client_id",
    });
  });

  it("refuses a token of more than 16 KiB before looking into it", async () => {
    expect(await refusalOf("a".repeat(16_385))).toEqual({ reason: "token_too_long" });
    expect(await refusalOf("a".repeat(16_384))).toEqual({ reason: "token_malformed", part: "JWS" });
  });

  it("RS-56: cannot judge a token while there are no keys", async () => {
    const down = createTestIssuer();
    down.answer = () => new Response(null, { status: 500 });
    expect(await refusalOf(down.sign(), policyFor([down]))).toEqual({ reason: "keys_unavailable" });
  });

  it("RS-45: refuses a key that is padded to look long enough", async () => {
    const hostile = createTestIssuer();
    hostile.keys = hostile.keys.map((key) => ({ ...key, n: "A".repeat(260) + "q".repeat(82) }));
    expect(await refusalOf(hostile.sign(), policyFor([hostile]))).toEqual({
      reason: "unknown_key",
    });
  });

  it("RS-53: survives claims nested thousands deep", async () => {
    const deep = "[".repeat(5_000) + "]".repeat(5_000);
    const payload = JSON.stringify({
      iss: issuer.issuer,
      sub: "user_01",
      aud: "https://mcp.example.com/mcp",
      sid: "s",
      exp: SECONDS + 60,
      iat: SECONDS,
    }).replace("}", `,"deep":${deep}}`);
    const token = issuer.signText('{"alg":"RS256","kid":"key_1"}', payload);
    expect(token.length).toBeLessThan(16_384);
    expect(await refusalOf(token)).toBe("accepted");
  });
});
