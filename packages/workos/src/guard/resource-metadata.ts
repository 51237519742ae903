import type { ProtectedResourceMetadata } from "../standards/protected-resource.js";

/** What {@link resourceMetadata} needs. */
export interface ResourceMetadataOptions {
  readonly resource: string;
  /** The first is where users sign in; the others are being left. */
  readonly issuers: readonly [string, ...string[]];
  readonly docsUrl?: string | undefined;
  readonly resourceName?: string | undefined;
  readonly scopesSupported: readonly string[];
}

/** Describes the resource for its metadata document (RFC 9728 §2). */
export function resourceMetadata({
  resource,
  issuers,
  docsUrl,
  resourceName,
  scopesSupported,
}: ResourceMetadataOptions): ProtectedResourceMetadata {
  return Object.freeze({
    resource,
    authorization_servers: [issuers[0]] as const,
    bearer_methods_supported: ["header"] as const,
    ...(scopesSupported.length === 0 ? {} : { scopes_supported: scopesSupported }),
    ...(resourceName === undefined ? {} : { resource_name: resourceName }),
    ...(docsUrl === undefined ? {} : { resource_documentation: docsUrl }),
  });
}
