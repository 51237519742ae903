import type { IssuerMetadata } from "../authkit/metadata.js";
import { AUTHORIZATION_SERVER_SUFFIX } from "../standards/authorization-server.js";
import {
  PROTECTED_RESOURCE_SUFFIX,
  type ProtectedResourceMetadata,
} from "../standards/protected-resource.js";
import { insertWellKnown, stripTrailingSlashes } from "../standards/url.js";
import { json, preflight, type Answer } from "./answer.js";
import { isOrganizationResource } from "./addressed-resource.js";

/** What serves the well-known documents: an answer, or nothing when the path is not theirs. */
export type Documents = (request: {
  readonly method: string;
  readonly path: string;
  readonly requestedHeaders?: string | undefined;
}) => Promise<Answer> | Answer | undefined;

/** Clients may keep a document this long, in seconds (RFC 9728 §7.10). */
const MAX_AGE = 300;

/**
 * Makes the two well-known documents, each at the path its standard inserts for
 * this resource and at the root, where clients fall back to.
 *
 * Readable by everybody, from every origin, with GET and HEAD. The authorization
 * server's is a copy of AuthKit's for clients of the 2025-03-26 revision; it names
 * AuthKit's issuer, unchanged.
 *
 * @see RFC 9728 §3, RFC 8414 §3; MCP 2025-11-25 basic/authorization
 */
export function createDocuments(
  metadata: ProtectedResourceMetadata,
  authorizationServer: () => Promise<IssuerMetadata>,
  organizationInPath = false,
): Documents {
  const protectedResource = async (): Promise<Answer> => readable(metadata, true);
  const copy = async (): Promise<Answer> => {
    const { document, isFallback } = await authorizationServer();
    return readable(document, !isFallback);
  };
  const byPath = new Map<string, () => Promise<Answer>>([
    ...wellKnownPaths(metadata.resource, PROTECTED_RESOURCE_SUFFIX).map(
      (path) => [path, protectedResource] as const,
    ),
    ...wellKnownPaths(metadata.resource, AUTHORIZATION_SERVER_SUFFIX).map(
      (path) => [path, copy] as const,
    ),
  ]);

  // Each organization's URL is a resource of its own (RFC 9728 §3.1), all of the same authorization server.
  const pathname = stripTrailingSlashes(new URL(metadata.resource).pathname);
  const ofOrganization = (path: string): (() => Promise<Answer>) | undefined => {
    for (const suffix of [PROTECTED_RESOURCE_SUFFIX, AUTHORIZATION_SERVER_SUFFIX]) {
      const prefix = `/.well-known/${suffix}${pathname}`;
      const resource = `${metadata.resource}${path.slice(prefix.length)}`;
      if (!path.startsWith(prefix) || !isOrganizationResource(resource, metadata.resource))
        continue;
      return suffix === PROTECTED_RESOURCE_SUFFIX
        ? async () => readable({ ...metadata, resource }, true)
        : copy;
    }
    return undefined;
  };

  return ({ method, path, requestedHeaders }) => {
    const document = byPath.get(path) ?? (organizationInPath ? ofOrganization(path) : undefined);
    if (document === undefined) return undefined;
    if (method === "GET" || method === "HEAD") return document();
    if (method === "OPTIONS") return preflight(requestedHeaders, "GET, HEAD");
    return json(
      405,
      { message: "This document can be read with GET or HEAD only" },
      { Allow: "GET, HEAD, OPTIONS", "Cache-Control": "no-store" },
    );
  };
}

function wellKnownPaths(resource: string, suffix: string): readonly string[] {
  return [new URL(insertWellKnown(resource, suffix)).pathname, `/.well-known/${suffix}`];
}

function readable(document: object, isCacheable: boolean): Answer {
  return json(200, document, {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": isCacheable ? `public, max-age=${MAX_AGE}` : "no-store",
    "X-Content-Type-Options": "nosniff",
  });
}
