import { createSecret, digestSecret } from "../secrets/secret.js";
import { createExpiringMap } from "../store/expiring-map.js";
import type { Approval } from "./grant.js";

const codeLimit = 10_000;
const codeLifetime = 60_000;
// A used code is remembered for longer than it lives, so that a late replay still revokes what came from it.
const memory = 10 * 60_000;

/** An authorization, and what the token request must match to get it. */
export interface AuthorizationCode {
  readonly approval: Approval;
  /** As the authorization request had them. */
  readonly resources: readonly string[];
  readonly redirectUri: string;
  readonly codeChallenge: string;
  readonly nonce: string | undefined;
}

export type Redemption =
  | { readonly kind: "redeemed"; readonly code: AuthorizationCode; readonly familyId: string }
  | { readonly kind: "unknown" }
  | { readonly kind: "replayed"; readonly familyId: string };

/** Authorization codes: one minute, one use (RFC 6749 section 4.1.2). */
export interface AuthorizationCodes {
  issue(code: AuthorizationCode): string;
  /** Uses a code up. A code of another client is left alone: a holder of the code alone must not be able to burn it. */
  redeem(code: string, clientId: string): Redemption;
}

export function createAuthorizationCodes(now: () => number): AuthorizationCodes {
  const records = createExpiringMap<{
    code: AuthorizationCode;
    familyId: string;
    expiresAt: number;
    used: boolean;
  }>({
    limit: codeLimit,
    now,
  });

  return {
    issue(code) {
      const secret = createSecret();
      const issuedAt = now();
      const record = {
        code,
        familyId: createSecret(),
        expiresAt: issuedAt + codeLifetime,
        used: false,
      };
      records.set(digestSecret(secret), record, issuedAt + memory);
      return secret;
    },
    redeem(secret, clientId) {
      const record = records.get(digestSecret(secret));
      if (record === undefined || record.code.approval.clientId !== clientId)
        return { kind: "unknown" };
      if (record.used) return { kind: "replayed", familyId: record.familyId };
      record.used = true;
      if (record.expiresAt <= now()) return { kind: "unknown" };
      return { kind: "redeemed", code: record.code, familyId: record.familyId };
    },
  };
}
