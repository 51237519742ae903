import { describe, expect, it, vi } from "vitest";
import { CLIENT_ID, createTestIssuer, SECONDS } from "../support/issuer.js";
import type { TokenVerifier } from "../../src/token/token-verifier.js";
import { verifierFor } from "./verifying.js";

const reasonOf = async (verify: TokenVerifier, token: string): Promise<string> => {
  const verification = await verify(token);
  return verification.ok ? "accepted" : verification.refusal.reason;
};

/** Counts signature checks by what they cost: WebCrypto is asked once for each. */
function countChecks(): { count: () => number } {
  const spy = vi.spyOn(crypto.subtle, "verify");
  return { count: () => spy.mock.calls.length };
}

describe("T-18: the memory of tokens", () => {
  it("holds 20 million characters, however long the tokens are that a caller brings", async () => {
    const issuer = createTestIssuer();
    const { verify } = verifierFor(issuer);
    const text = "x".repeat(11_000);
    const [first, ...others] = Array.from({ length: 1_400 }, (_, index) =>
      issuer.sign({ claims: { jti: `jti_${index}`, text } }),
    );
    if (first === undefined) throw new Error("no token");
    expect(first.length).toBeGreaterThan(14_600);
    const { count } = countChecks();
    await verify(first);
    await verify(first);
    expect(count()).toBe(1);
    for (const token of others) await verify(token);
    await verify(first);
    expect(count()).toBe(1_401);
  });
});

describe("T-14: createTokenVerifier", () => {
  it("checks a signature once for a token that comes again", async () => {
    const issuer = createTestIssuer();
    const { verify } = verifierFor(issuer);
    const token = issuer.sign();
    const checks = countChecks();
    const first = await verify(token);
    const second = await verify(token);
    expect(checks.count()).toBe(1);
    expect(first.ok && second.ok && first.token === second.token).toBe(true);
    vi.restoreAllMocks();
  });

  it("never remembers a refusal", async () => {
    const issuer = createTestIssuer();
    const { verify } = verifierFor(issuer);
    const token = createTestIssuer().sign();
    const checks = countChecks();
    expect(await reasonOf(verify, token)).toBe("bad_signature");
    expect(await reasonOf(verify, token)).toBe("bad_signature");
    expect(checks.count()).toBe(2);
    vi.restoreAllMocks();
  });

  it("accepts a token that was too early once its time has come", async () => {
    const issuer = createTestIssuer();
    const { verify, clock } = verifierFor(issuer);
    const token = issuer.sign({ claims: { nbf: SECONDS + 60 } });
    expect(await reasonOf(verify, token)).toBe("token_not_yet_valid");
    clock.now += 60_000;
    expect(await reasonOf(verify, token)).toBe("accepted");
  });

  it("RS-42: a remembered token ends with its exp", async () => {
    const issuer = createTestIssuer();
    const { verify, clock } = verifierFor(issuer);
    const token = issuer.sign({ claims: { exp: SECONDS + 20 } });
    expect(await reasonOf(verify, token)).toBe("accepted");
    clock.now += 29_999;
    expect(await reasonOf(verify, token)).toBe("accepted");
    clock.now += 1;
    expect(await reasonOf(verify, token)).toBe("token_expired");
  });

  it("judges a long-lived token anew after five minutes", async () => {
    const issuer = createTestIssuer();
    const { verify, clock } = verifierFor(issuer);
    const token = issuer.sign({ claims: { exp: SECONDS + 86_400 } });
    const checks = countChecks();
    await verify(token);
    clock.now += 299_999;
    await verify(token);
    expect(checks.count()).toBe(1);
    clock.now += 1;
    await verify(token);
    expect(checks.count()).toBe(2);
    vi.restoreAllMocks();
  });

  it("RS-56: a withdrawn key ends the tokens it signed, remembered or not", async () => {
    const issuer = createTestIssuer();
    issuer.addKey("key_2");
    const { verify, clock } = verifierFor(issuer);
    const token = issuer.sign();
    expect(await reasonOf(verify, token)).toBe("accepted");
    issuer.removeKey("key_1");
    clock.now += 60_000;
    expect(await reasonOf(verify, token)).toBe("unknown_key");
  });

  it("RS-56: so does another key that takes over the kid", async () => {
    const issuer = createTestIssuer();
    const { verify, clock } = verifierFor(issuer);
    const token = issuer.sign();
    expect(await reasonOf(verify, token)).toBe("accepted");
    issuer.removeKey("key_1");
    issuer.addKey("key_1");
    clock.now += 60_000;
    expect(await reasonOf(verify, token)).toBe("bad_signature");
    expect(await reasonOf(verify, issuer.sign())).toBe("accepted");
  });

  it("RS-56: a remembered token lives through an outage until the keys are too old", async () => {
    const issuer = createTestIssuer();
    const { verify, clock } = verifierFor(issuer);
    const token = issuer.sign({ claims: { exp: SECONDS + 200_000 } });
    await verify(token);
    issuer.answer = () => new Response(null, { status: 500 });
    clock.now += 60_000;
    expect(await reasonOf(verify, token)).toBe("accepted");
    clock.now += 86_400_000;
    expect(await reasonOf(verify, token)).toBe("keys_unavailable");
  });

  it("remembers ten thousand tokens at most", async () => {
    const issuer = createTestIssuer();
    // The digest is injected, so ten thousand identities of one token cost no ten thousand signatures.
    const { createTokenVerifier } = await import("../../src/token/token-verifier.js");
    const { policyFor } = await import("./verifying.js");
    let identity = 0;
    const verify = createTokenVerifier({ ...policyFor([issuer]), digest: () => String(identity) });
    const token = issuer.sign();
    const spy = vi.spyOn(crypto.subtle, "verify").mockResolvedValue(true);
    for (identity = 0; identity <= 10_000; identity += 1) await verify(token);
    expect(spy.mock.calls.length).toBe(10_001);
    identity = 10_000;
    await verify(token);
    identity = 1;
    await verify(token);
    expect(spy.mock.calls.length).toBe(10_001);
    identity = 0;
    await verify(token);
    expect(spy.mock.calls.length).toBe(10_002);
    vi.restoreAllMocks();
  });

  it("asks for a digest of the token and never keeps the token itself", async () => {
    const issuer = createTestIssuer();
    const { verify, digested } = verifierFor(issuer);
    const token = issuer.sign({ claims: { aud: CLIENT_ID } });
    await verify(token);
    expect(digested).toEqual([token]);
  });
});
