import type { GuardRequest } from "../guard/outcome.js";

/** As much as xmcp's own parser reads. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Why a body could not be read. */
interface Unread {
  readonly unreadBody: NonNullable<GuardRequest["unreadBody"]>;
}

/** A body that was read: its value, and the text of that value; or why there is none. */
export type JsonBody = { readonly value: unknown; readonly text: string } | Unread;

/** What a request says of its body. */
export interface BodyFields {
  readonly encoding: string | undefined;
  readonly length: string | undefined;
}

/** Returns whether a Content-Type field names JSON (RFC 8259 §11, RFC 6839 §3.1). */
export function isJson(contentType: string | null | undefined): boolean {
  return /^\s*application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(contentType ?? "");
}

/**
 * Reads a body as JSON in UTF-8 (RFC 8259 §8.1), 10 MiB at most.
 *
 * The text is written anew from the value, so that a later parser reads what was judged: of a name that is
 * there twice, one is left. Does NOT undo a Content-Encoding.
 */
export async function readJson(
  chunks: AsyncIterable<Uint8Array>,
  fields: BodyFields,
): Promise<JsonBody> {
  const read = await readText(chunks, fields, MAX_BODY_BYTES);
  if (typeof read !== "string") return read;
  try {
    const value: unknown = JSON.parse(read);
    return { value, text: JSON.stringify(value) };
  } catch {
    return { unreadBody: "broken" };
  }
}

/** Reads a body as text in UTF-8. Does NOT undo a Content-Encoding. */
export async function readText(
  chunks: AsyncIterable<Uint8Array>,
  { encoding, length }: BodyFields,
  maxBytes: number,
): Promise<string | Unread> {
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    return { unreadBody: "encoded" };
  }
  if (Number(length) > maxBytes) return { unreadBody: "too_large" };
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let bytes = 0;
  let text = "";
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > maxBytes) return { unreadBody: "too_large" };
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch {
    return { unreadBody: "broken" };
  }
}
