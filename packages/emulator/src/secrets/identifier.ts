import { randomBytes } from "node:crypto";

// Crockford's alphabet leaves out I, L, O and U, which people misread.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const timeLength = 10;
const randomLength = 16;

/** Makes an identifier shaped like WorkOS's: a prefix and a 26-character ULID that sorts by creation time. */
export function createIdentifier(prefix: string, now: () => number): string {
  let time = "";
  let rest = Math.floor(now());
  for (let index = 0; index < timeLength; index += 1) {
    time = alphabet.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  const random = Array.from(randomBytes(randomLength), (byte) => alphabet.charAt(byte % 32)).join(
    "",
  );
  return `${prefix}_${time}${random}`;
}
