import { describe, expect, it } from "vitest";
import type { CallerKind } from "../../src/standards/caller-kind.js";
import {
  createCredentialVerifier,
  type CredentialVerification,
} from "../../src/credential/verify-credential.js";
import type { TokenRefusal } from "../../src/token/refusal.js";
import type { Verification, VerifiedToken } from "../../src/token/verify.js";
import type { ApiKeyVerdict } from "../../src/workos/api-key-verdicts.js";

const KEY = "sk_live_0123456789";
const TOKEN = { kind: "access-token" } as VerifiedToken;
const IDENTITY = {
  id: "api_key_01",
  name: "nightly",
  owner: { kind: "organization", id: "org_01ACME" },
  organizationId: "org_01ACME",
  permissions: [],
} as const;

/** What becomes of a credential, and who was asked about it. */
async function judge(
  credential: string,
  {
    callers = ["user", "api-key"],
    verdict = { kind: "valid", key: IDENTITY },
    verification = { ok: true, token: TOKEN },
    refusal,
  }: {
    callers?: readonly CallerKind[];
    verdict?: ApiKeyVerdict;
    verification?: Verification;
    refusal?: TokenRefusal | Promise<TokenRefusal>;
  } = {},
): Promise<{ result: CredentialVerification; asked: string[] }> {
  const asked: string[] = [];
  const verify = createCredentialVerifier({
    callers: new Set(callers),
    verifyToken: (token) => {
      asked.push(`token ${token}`);
      return verification;
    },
    validateApiKey: async (value) => {
      asked.push(`key ${value}`);
      return verdict;
    },
    ...(refusal === undefined ? {} : { refusalOf: () => refusal }),
  });
  return { result: await verify(credential), asked };
}

describe("the verifier of bearer credentials", () => {
  it.each([KEY, `sk_${"a".repeat(8)}`, `sk_${"Z9_".repeat(83)}a`])(
    "takes %s for an API key",
    async (value) => {
      const { result, asked } = await judge(value);
      expect(result).toEqual({ ok: true, credential: { kind: "api-key", key: IDENTITY } });
      expect(asked).toEqual([`key ${value}`]);
    },
  );

  it.each([
    ["that has a key's value in it", `eyJh.eyJz.${KEY}`],
    ["that begins as one and goes on", `${KEY}.eyJz.c2ln`],
    ["that is shorter than a key", "sk_1234567"],
    ["that is longer than a key", `sk_${"a".repeat(251)}`],
  ])("holds what %s to the rules for tokens", async (_, credential) => {
    const { result, asked } = await judge(credential);
    expect(result).toEqual({ ok: true, credential: TOKEN });
    expect(asked).toEqual([`token ${credential}`]);
  });

  it.each([
    [{ kind: "invalid" }, { reason: "api_key_invalid" }],
    [{ kind: "unavailable" }, { reason: "api_unavailable" }],
  ] as const)("refuses a key that WorkOS finds %j", async (verdict, refusal) => {
    expect((await judge(KEY, { verdict })).result).toEqual({ ok: false, refusal });
  });

  it("RS-55: asks WorkOS nothing about a key when none may call", async () => {
    const { result, asked } = await judge(KEY, { callers: ["user"] });
    expect(result).toEqual({
      ok: false,
      refusal: { reason: "caller_not_accepted", caller: "api-key" },
    });
    expect(asked).toEqual([]);
  });

  it("hands a token's refusal on, and asks no further", async () => {
    const refusal = { reason: "unknown_key" } as const;
    const further = { reason: "token_revoked" } as const;
    const { result } = await judge("eyJh", {
      verification: { ok: false, refusal },
      refusal: further,
    });
    expect(result).toEqual({ ok: false, refusal });
  });

  it.each([
    ["at once", { reason: "token_revoked" } as const],
    ["late", Promise.resolve({ reason: "token_revoked" } as const)],
  ])("says whose a good token was that counts no more, known %s", async (_, refusal) => {
    expect((await judge("eyJh", { refusal })).result).toEqual({
      ok: false,
      refusal: { reason: "token_revoked" },
      credential: TOKEN,
    });
  });
});
