import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Makes an unguessable URL-safe value of 256 bits: codes, tokens, interaction ids (RFC 6749 section 10.10). */
export function createSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** Names a secret without keeping it: state is stored under the digest, so a dump of the state opens nothing. */
export function digestSecret(secret: string): string {
  return createHash("sha256").update(secret, "utf8").digest("base64url");
}

/** Compares two secrets in a time that depends on neither their content nor their lengths. */
export function isSameSecret(left: string, right: string): boolean {
  const digest = (value: string): Buffer => createHash("sha256").update(value, "utf8").digest();
  return timingSafeEqual(digest(left), digest(right));
}
