import { describeNetworkFault } from "../standards/network-fault.js";

/** What came of asking an issuer for one of its documents. */
export type FetchedDocument =
  | { readonly ok: true; readonly document: unknown }
  | { readonly ok: false; readonly problem: string };

/** Bounds of every request to an issuer. */
export interface FetchBounds {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** An issuer answers in well under a second; a caller waits at most this long for one that does not. */
const ISSUER_BOUNDS: FetchBounds = Object.freeze({ timeoutMs: 2500, maxBytes: 256 * 1024 });

/**
 * Fetches one JSON document within bounds of time and size, following no redirect.
 *
 * Never rejects. Does NOT judge the document: that is the caller's knowledge. The
 * problem text names the kind of failure only, never what the other side sent.
 */
export async function fetchDocument(
  url: string,
  fetch: typeof globalThis.fetch,
  bounds: FetchBounds = ISSUER_BOUNDS,
): Promise<FetchedDocument> {
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Raced as well as aborted: an injected or broken fetch may ignore the signal.
  const expiry = new Promise<FetchedDocument>((resolve) => {
    timer = setTimeout(() => {
      resolve({ ok: false, problem: `no answer within ${bounds.timeoutMs} ms` });
      abort.abort();
    }, bounds.timeoutMs);
  });
  try {
    return await Promise.race([read(url, fetch, bounds.maxBytes, abort.signal), expiry]);
  } finally {
    clearTimeout(timer);
  }
}

async function read(
  url: string,
  fetch: typeof globalThis.fetch,
  maxBytes: number,
  signal: AbortSignal,
): Promise<FetchedDocument> {
  try {
    const response = await fetch(url, {
      headers: { accept: "application/json" },
      redirect: "manual",
      signal,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      return { ok: false, problem: `answered with status ${response.status}` };
    }
    const bytes = await readBounded(response, maxBytes);
    if (bytes === undefined) return { ok: false, problem: `answered with over ${maxBytes} bytes` };
    return { ok: true, document: JSON.parse(new TextDecoder().decode(bytes)) };
  } catch (error) {
    return {
      ok: false,
      problem:
        error instanceof SyntaxError
          ? "answered with something else than JSON"
          : describeNetworkFault(error),
    };
  }
}

async function readBounded(response: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    // Leaving the loop cancels the stream, so a huge answer costs no more than the bound.
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
