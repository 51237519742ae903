import {
  authorizationServerMetadataUrl,
  isIssuerMetadata,
  type AuthorizationServerMetadata,
} from "../standards/authorization-server.js";
import { fetchDocument } from "./fetch-document.js";

/** An issuer's metadata, and whether the issuer itself said it. */
export interface IssuerMetadata {
  readonly document: AuthorizationServerMetadata;
  readonly isFallback: boolean;
}

/** Metadata younger than this, in milliseconds, is served without asking. */
const FRESH_FOR = 5 * 60_000;
/** Pause between attempts while the issuer does not answer, in milliseconds. */
const RETRY_AFTER_MS = 10_000;

/**
 * Keeps an issuer's RFC 8414 metadata to pass on untouched.
 *
 * Fetched when first asked for, one request at a time, within bounds; refused
 * unless it names exactly this issuer and stays on its origin. While the issuer
 * is down the last good document serves, and before there was one, what every
 * AuthKit has. Never rejects.
 *
 * @param report is called when the issuer stops or starts answering.
 * @see RFC 8414 §3
 */
export function createMetadataSource(
  issuer: string,
  {
    fetch,
    now,
    report,
  }: {
    fetch: typeof globalThis.fetch;
    now: () => number;
    report: (state: "unreachable" | "recovered", detail: string) => void;
  },
): () => Promise<IssuerMetadata> {
  const fallback: IssuerMetadata = { document: staticMetadata(issuer), isFallback: true };
  let latest: IssuerMetadata | undefined;
  let askAgainAt = -Infinity;
  let isDown = false;
  let pending: Promise<void> | undefined;

  const load = async (): Promise<void> => {
    const fetched = await fetchDocument(authorizationServerMetadataUrl(issuer), fetch);
    const { document } = fetched.ok ? fetched : { document: undefined };
    if (isIssuerMetadata(issuer, document)) {
      latest = { document, isFallback: false };
      askAgainAt = now() + FRESH_FOR;
      if (isDown) report("recovered", "the document is served as it comes");
      isDown = false;
      return;
    }
    askAgainAt = now() + RETRY_AFTER_MS;
    if (!isDown) {
      report(
        "unreachable",
        fetched.ok ? "the document names another issuer or foreign endpoints" : fetched.problem,
      );
    }
    isDown = true;
  };

  return async () => {
    if (now() >= askAgainAt) {
      pending ??= load().finally(() => {
        pending = undefined;
      });
      await pending;
    }
    return latest ?? fallback;
  };
}

/** What every AuthKit issuer has; nothing about how clients register, since the dashboard may have it off. */
function staticMetadata(issuer: string): AuthorizationServerMetadata {
  return Object.freeze({
    issuer,
    authorization_endpoint: `${issuer}/oauth2/authorize`,
    token_endpoint: `${issuer}/oauth2/token`,
    introspection_endpoint: `${issuer}/oauth2/introspection`,
    jwks_uri: `${issuer}/oauth2/jwks`,
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["none", "client_secret_post", "client_secret_basic"],
    scopes_supported: ["email", "offline_access", "openid", "profile"],
  });
}
