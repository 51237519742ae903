import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";

const nonceLength = 12;
const tagLength = 16;

/** Turns a value into text that only this seal can read, and that no caller can change or make. */
export interface Seal {
  /** `context` is bound to the text: it must be the same to open it. */
  close(value: unknown, context: string): string;
  /** Returns undefined for what this seal did not close under this context. */
  open(text: string, context: string): unknown;
}

/** Creates a {@link Seal} with a new key: AES-256-GCM over deflated JSON, in base64url. */
export function createSeal(): Seal {
  const key = randomBytes(32);
  return {
    close(value, context) {
      const nonce = randomBytes(nonceLength);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      cipher.setAAD(Buffer.from(context, "utf8"));
      const text = Buffer.concat([
        cipher.update(deflateRawSync(JSON.stringify(value))),
        cipher.final(),
      ]);
      return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString("base64url");
    },
    open(text, context) {
      const bytes = Buffer.from(text, "base64url");
      if (bytes.length < nonceLength + tagLength) return undefined;
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceLength), {
        authTagLength: tagLength,
      });
      decipher.setAAD(Buffer.from(context, "utf8"));
      decipher.setAuthTag(bytes.subarray(-tagLength));
      try {
        const deflated = Buffer.concat([
          decipher.update(bytes.subarray(nonceLength, -tagLength)),
          decipher.final(),
        ]);
        const value: unknown = JSON.parse(inflateRawSync(deflated).toString("utf8"));
        return value;
      } catch {
        return undefined;
      }
    },
  };
}
