import { createIdentifier } from "../secrets/identifier.js";

/** The claims of a user's access token besides issuer and times. */
export interface UserTokenInput {
  readonly audience: string;
  readonly userId: string;
  readonly clientId: string;
  readonly organizationId: string | undefined;
  readonly consentId: string;
  readonly scope: string;
}

export interface ApplicationTokenInput {
  readonly audience: string;
  readonly clientId: string;
  readonly organizationId: string;
  readonly scope: string;
}

export interface TokenTimes {
  readonly issuer: string;
  readonly now: () => number;
  readonly lifetime: number;
}

/**
 * The claims of a Connect access token for a person, as AuthKit writes them.
 *
 * `sid` is the consent, not a session, and there are no roles or permissions; see the quirks in the README.
 */
export function userClaims(input: UserTokenInput, times: TokenTimes): Record<string, unknown> {
  return {
    iss: times.issuer,
    aud: input.audience,
    sub: input.userId,
    client_id: input.clientId,
    ...(input.organizationId === undefined ? {} : { org_id: input.organizationId }),
    sid: input.consentId,
    scope: input.scope,
    ...issueTimes(times),
  };
}

/** The claims of a machine-to-machine token: the application is the subject, and there is no `sid`. */
export function applicationClaims(
  input: ApplicationTokenInput,
  times: TokenTimes,
): Record<string, unknown> {
  return {
    iss: times.issuer,
    aud: input.audience,
    sub: input.clientId,
    client_id: input.clientId,
    org_id: input.organizationId,
    scope: input.scope,
    ...issueTimes(times),
  };
}

function issueTimes({ now, lifetime }: TokenTimes): Record<string, unknown> {
  const issuedAt = Math.floor(now() / 1000);
  return { jti: createIdentifier("access_token", now), iat: issuedAt, exp: issuedAt + lifetime };
}
