import type { User } from "../environment/environment.js";
import type { TokenTimes } from "./access-token.js";
import { profileClaims } from "./user-claims.js";

export interface IdTokenInput {
  readonly user: User;
  readonly clientId: string;
  readonly organizationId: string | undefined;
  readonly scopes: readonly string[];
  readonly nonce: string | undefined;
}

/** The claims of an ID token (OpenID Connect Core section 2); its audience is the client, never a resource. */
export function idTokenClaims(
  input: IdTokenInput,
  { issuer, now, lifetime }: TokenTimes,
): Record<string, unknown> {
  const issuedAt = Math.floor(now() / 1000);
  return {
    iss: issuer,
    aud: input.clientId,
    ...profileClaims(input.user, input.scopes),
    ...(input.organizationId === undefined ? {} : { org_id: input.organizationId }),
    ...(input.nonce === undefined ? {} : { nonce: input.nonce }),
    iat: issuedAt,
    exp: issuedAt + lifetime,
  };
}
