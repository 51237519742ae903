import { lookup as lookupName, type LookupAddress, type LookupOptions } from "node:dns";
import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { pipeline, Readable, type Duplex } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { isPrivateAddress } from "./private-address.js";

/** Gets a document; must not follow redirects, and must stop when `signal` aborts. */
export type DocumentTransport = (url: URL, signal: AbortSignal) => Promise<Response>;

export type NameLookup = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Thrown when a public-looking name leads to an address that is not public. */
export class PrivateAddressError extends Error {
  override readonly name: string = "PrivateAddressError";
}

/**
 * A transport that refuses to connect to private addresses.
 *
 * The addresses are checked inside the connection's own name resolution, so a name that answers differently the second
 * time (DNS rebinding) gains nothing. Plain http, which only loopback URLs reach, is not restricted.
 */
export function createGuardedTransport(lookup: NameLookup = lookupName): DocumentTransport {
  return (url, signal) =>
    new Promise((resolve, reject) => {
      const secure = url.protocol === "https:";
      const request = (secure ? requestHttps : requestHttp)(url, {
        headers: { accept: "application/json", "accept-encoding": "gzip, deflate, br" },
        signal,
        ...(secure ? { lookup: guardLookup(lookup) } : {}),
      });
      request.once("error", reject);
      request.once("response", (message) => {
        const headers = Object.entries(message.headers).map(([name, value]): [string, string] => [
          name,
          String(value),
        ]);
        const status = message.statusCode ?? 502;
        // A Response refuses a body with these; both are failures to the caller, whatever the body.
        const bodiless = status === 204 || status === 205 || status === 304;
        const body = bodiless ? undefined : decode(message);
        if (body === undefined) message.destroy();
        if (body === undefined && !bodiless) reject(new Error("Its Content-Encoding is unknown."));
        else resolve(new Response(body === undefined ? null : toWeb(body), { status, headers }));
      });
      request.end();
    });
}

// RFC 9110 section 8.4.1.
const decoders: Readonly<Record<string, () => Duplex>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  br: createBrotliDecompress,
  deflate: createInflate,
};

/**
 * Undoes the Content-Encoding of a message, of which it knows one at a time; undefined for any other.
 *
 * Decompresses no further than its reader reads, so the reader's limit holds for the decompressed bytes. The message
 * ends with the stream that is returned.
 */
function decode(message: IncomingMessage): Readable | undefined {
  const coding = (message.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (coding === "identity" || coding === "") return message;
  if (!Object.hasOwn(decoders, coding)) return undefined;
  const decoder = decoders[coding]?.();
  return decoder === undefined ? undefined : pipeline(message, decoder, () => undefined);
}

function toWeb(stream: Readable): ReadableStream<Uint8Array> {
  return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
}

/** A transport over a given `fetch`, which then decides by itself how names are resolved. */
export function createFetchTransport(fetchDocument: typeof fetch): DocumentTransport {
  return (url, signal) =>
    fetchDocument(url.href, {
      headers: { accept: "application/json" },
      redirect: "manual",
      signal,
    });
}

function guardLookup(lookup: NameLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) {
        callback(error ?? new Error("The name has no address."), []);
      } else if (
        addresses.some(({ address }) => isIP(address) === 0 || isPrivateAddress(address))
      ) {
        callback(new PrivateAddressError("The name leads to a private address."), []);
      } else if (options.all === true) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}
