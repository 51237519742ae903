import { createHmac, randomBytes } from "node:crypto";
import { isSameSecret } from "../secrets/secret.js";
import { createExpiringMap } from "../store/expiring-map.js";
import type { Grant } from "./grant.js";

const familyLimit = 10_000;
const accessTokenLimit = 50_000;

interface Family {
  readonly id: string;
  readonly grant: Grant;
  generation: number;
  revoked: boolean;
}

export type RefreshTokenLookup =
  | { readonly kind: "current"; readonly familyId: string; readonly grant: Grant }
  | { readonly kind: "unknown" }
  | { readonly kind: "replayed"; readonly familyId: string };

/** The tokens that descend from one authorization: revoked together, because a thief cannot be told from the owner. */
export interface GrantFamilies {
  start(familyId: string, grant: Grant): void;
  /** Makes the family's next refresh token, which is the only one that counts from now on. */
  nextRefreshToken(familyId: string): string;
  find(refreshToken: string): RefreshTokenLookup;
  revoke(familyId: string): void;
  /** Notes that an access token belongs to a family, so that revoking the family reaches it. */
  adopt(tokenId: string, familyId: string, expiresAt: number): void;
  isRevoked(tokenId: string): boolean;
}

/**
 * Creates the store of token families.
 *
 * A refresh token is `family.generation.mac`: an earlier generation with a right MAC proves a replay without a list of
 * used tokens that would grow for ever.
 */
export function createGrantFamilies(options: {
  now: () => number;
  refreshTokenLifetime: number;
}): GrantFamilies {
  const families = createExpiringMap<Family>({ limit: familyLimit, now: options.now });
  const accessTokens = createExpiringMap<string>({ limit: accessTokenLimit, now: options.now });
  const revokedFamilies = createExpiringMap<true>({ limit: accessTokenLimit, now: options.now });
  const macKey = randomBytes(32);

  const macOf = (text: string): string =>
    createHmac("sha256", macKey).update(text).digest("base64url");
  const expiry = (): number => options.now() + options.refreshTokenLifetime * 1000;

  return {
    start(familyId, grant) {
      families.set(familyId, { id: familyId, grant, generation: 0, revoked: false }, expiry());
    },
    nextRefreshToken(familyId) {
      const family = families.get(familyId);
      if (family === undefined) throw new Error("A refresh token needs a family that was started.");
      family.generation += 1;
      families.set(familyId, family, expiry());
      const text = `${familyId}.${family.generation}`;
      return `${text}.${macOf(text)}`;
    },
    find(refreshToken) {
      const [familyId = "", generation = "", mac = "", ...rest] = refreshToken.split(".");
      if (rest.length > 0 || !isSameSecret(mac, macOf(`${familyId}.${generation}`)))
        return { kind: "unknown" };
      const family = families.get(familyId);
      if (family === undefined || family.revoked) return { kind: "unknown" };
      if (Number(generation) !== family.generation) return { kind: "replayed", familyId };
      return { kind: "current", familyId, grant: family.grant };
    },
    revoke(familyId) {
      const family = families.get(familyId);
      if (family !== undefined) family.revoked = true;
      revokedFamilies.set(familyId, true, expiry());
    },
    adopt(tokenId, familyId, expiresAt) {
      accessTokens.set(tokenId, familyId, expiresAt);
    },
    isRevoked(tokenId) {
      const familyId = accessTokens.get(tokenId);
      return familyId !== undefined && revokedFamilies.get(familyId) === true;
    },
  };
}
