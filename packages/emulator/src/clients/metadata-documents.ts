import { readBoundedBody } from "../http/bounded-body.js";
import { readMediaType } from "../http/media-type.js";
import { createExpiringMap } from "../store/expiring-map.js";
import type { Client } from "./client.js";
import { PrivateAddressError, type DocumentTransport } from "./document-transport.js";
import { readMetadataDocument, type MetadataDocumentResult } from "./metadata-document.js";
import {
  checkMetadataDocumentUrl,
  type MetadataDocumentUrlProblem,
} from "./metadata-document-url.js";

// The draft (section 6.6) recommends to stop at 5 KB; twice that leaves room for localized names.
const documentLimit = 10 * 1024;
const defaultTimeLimit = 5_000;
const cacheLimit = 100;
const defaultFreshness = 300;
const longestFreshness = 24 * 60 * 60;

const urlProblems: Readonly<Record<MetadataDocumentUrlProblem, string>> = {
  malformed: "The client_id is not a usable URL.",
  no_path: "A client_id that is a URL must have a path.",
  not_https: "A client_id that is a URL must be https.",
  private_host: "The client_id points to a private address.",
};

/** Clients whose ID is the address of their metadata document. */
export interface MetadataDocuments {
  find(clientId: string): Promise<MetadataDocumentResult>;
}

/**
 * Creates the look-up of client ID metadata documents.
 *
 * A document is fetched within limits of time and size, without redirects, and kept for the time of its Cache-Control,
 * a day at most. Failures are not kept.
 */
export function createMetadataDocuments(
  transport: DocumentTransport,
  now: () => number,
  {
    allowLoopback = false,
    timeLimit = defaultTimeLimit,
  }: { readonly allowLoopback?: boolean; readonly timeLimit?: number } = {},
): MetadataDocuments {
  const cache = createExpiringMap<Client>({ limit: cacheLimit, now });

  return {
    async find(clientId) {
      const cached = cache.get(clientId);
      if (cached !== undefined) return { ok: true, client: cached };
      const address = checkMetadataDocumentUrl(clientId, allowLoopback);
      if (!address.ok) return { ok: false, message: urlProblems[address.reason] };
      const fetched = await fetchDocument(transport, address.url, timeLimit);
      if (!fetched.ok) return fetched;
      const result = readMetadataDocument(clientId, fetched.text);
      if (result.ok && fetched.freshness > 0)
        cache.set(clientId, result.client, now() + fetched.freshness * 1000);
      return result;
    },
  };
}

type FetchedDocument =
  | { readonly ok: true; readonly text: string; readonly freshness: number }
  | { readonly ok: false; readonly message: string };

async function fetchDocument(
  transport: DocumentTransport,
  url: URL,
  timeLimit: number,
): Promise<FetchedDocument> {
  const signal = AbortSignal.timeout(timeLimit);
  try {
    // The race, because a transport that was passed in need not heed the signal.
    return await Promise.race([readDocument(transport, url, signal), rejectOn(signal)]);
  } catch (error) {
    const isPrivate = error instanceof PrivateAddressError;
    return {
      ok: false,
      message: isPrivate
        ? urlProblems.private_host
        : "The client's metadata document cannot be fetched.",
    };
  }
}

async function readDocument(
  transport: DocumentTransport,
  url: URL,
  signal: AbortSignal,
): Promise<FetchedDocument> {
  const response = await transport(url, signal);
  if (response.status !== 200 || !isJson(readMediaType(response))) {
    await response.body?.cancel();
    return {
      ok: false,
      message: "The client's metadata document did not answer with 200 and JSON.",
    };
  }
  const body = await readBoundedBody(response, documentLimit);
  if (!body.ok) return { ok: false, message: "The client's metadata document is too large." };
  return {
    ok: true,
    text: body.text,
    freshness: parseFreshness(response.headers.get("cache-control") ?? ""),
  };
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("The time limit passed.")), {
      once: true,
    });
  });
}

function isJson(mediaType: string): boolean {
  return mediaType === "application/json" || /^application\/[^\s/]+\+json$/u.test(mediaType);
}

// RFC 9111 section 5.2.2, in seconds; a cache of one client's document is a private one, so s-maxage does not count.
function parseFreshness(cacheControl: string): number {
  const directives = cacheControl
    .toLowerCase()
    .split(",")
    .map((directive) => directive.trim());
  if (directives.some((directive) => directive === "no-store" || directive === "no-cache"))
    return 0;
  const maxAge = directives.find((directive) => /^max-age="?[0-9]{1,9}"?$/u.test(directive));
  if (maxAge === undefined) return defaultFreshness;
  return Math.min(Number(maxAge.replace(/[^0-9]/gu, "")), longestFreshness);
}
