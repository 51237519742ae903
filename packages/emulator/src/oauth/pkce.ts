import { createHash } from "node:crypto";
import { isSameSecret } from "../secrets/secret.js";

/** Returns whether a text can be an S256 code challenge: 32 bytes in base64url without padding (RFC 7636 section 4.2). */
export function isCodeChallenge(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/u.test(text);
}

/** Returns whether a verifier is well formed and is the one behind an S256 challenge (RFC 7636 sections 4.1 and 4.6). */
export function provesCodeChallenge(verifier: string, challenge: string): boolean {
  if (!/^[A-Za-z0-9\-._~]{43,128}$/u.test(verifier)) return false;
  return isSameSecret(
    createHash("sha256").update(verifier, "ascii").digest("base64url"),
    challenge,
  );
}
