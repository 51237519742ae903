import { insertWellKnown } from "./url.js";

/** Protected resource metadata, the members this server publishes (RFC 9728 §2). */
export interface ProtectedResourceMetadata {
  readonly resource: string;
  readonly authorization_servers: readonly [string, ...string[]];
  readonly bearer_methods_supported: readonly ["header"];
  readonly scopes_supported?: readonly string[];
  readonly resource_name?: string;
  readonly resource_documentation?: string;
}

/** Well-known URI suffix of protected resource metadata (RFC 9728 §3). */
export const PROTECTED_RESOURCE_SUFFIX = "oauth-protected-resource";

/** The URL at which the metadata of a resource is found (RFC 9728 §3.1). */
export function protectedResourceMetadataUrl(resource: string): string {
  return insertWellKnown(resource, PROTECTED_RESOURCE_SUFFIX);
}
