/** What came of reading a body: its text, or the fact that it was larger than allowed. */
export type BoundedBody =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: "too_large" };

/**
 * Reads a request's or response's body as UTF-8 text, and stops at `limit` bytes.
 *
 * Counts the bytes that arrive; does not trust `Content-Length`. Rejects when the stream fails.
 */
export async function readBoundedBody(
  message: Request | Response,
  limit: number,
): Promise<BoundedBody> {
  if (message.body === null) return { ok: true, text: "" };
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = (message.body as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > limit) {
      await reader.cancel();
      return { ok: false, reason: "too_large" };
    }
    chunks.push(value);
  }
  return { ok: true, text: Buffer.concat(chunks).toString("utf8") };
}
