import type { Environment } from "../environment/environment.js";
import { EmulatorError } from "../emulator-error.js";
import type { SigningKeys } from "../keys/signing-keys.js";
import { createIdentifier } from "../secrets/identifier.js";
import { userClaims } from "./access-token.js";

/** What a test wants in an access token; what it leaves out is as AuthKit would write it. */
export interface MintAccessTokenInput {
  /** The first user of the seed when left out. */
  readonly userId?: string;
  readonly organizationId?: string;
  readonly clientId?: string;
  readonly scope?: string;
  /** The audience; when left out, the default resource indicator or the environment client ID. */
  readonly resource?: string;
  /** Claims that replace the usual ones; `undefined` removes one. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Header members that replace the usual ones; `undefined` removes one. The signature stays RS256. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** In seconds from now; negative for a token that has expired. */
  readonly expiresIn?: number;
}

/**
 * Mints an access token as AuthKit would after a sign-in, for tests.
 *
 * Checks nothing: a test must be able to make tokens that no sign-in would lead to.
 */
export async function mintAccessToken(
  source: {
    readonly environment: Environment;
    readonly keys: SigningKeys;
    readonly issuer: string;
    readonly now: () => number;
    readonly accessTokenLifetime: number;
    readonly hasResourceIndicators: boolean;
  },
  input: MintAccessTokenInput,
): Promise<string> {
  const { environment, issuer, keys, now } = source;
  const userId = input.userId ?? environment.users.all()[0]?.id;
  if (userId === undefined)
    throw new EmulatorError("unknown_user", "The seed has no user to mint a token for.");
  const indicators = source.hasResourceIndicators ? environment.resources.all() : [];
  const defaultAudience =
    indicators.find((indicator) => indicator.default)?.uri ?? environment.clientId;
  const claims = userClaims(
    {
      audience: input.resource ?? defaultAudience,
      userId,
      clientId: input.clientId ?? createIdentifier("client", now),
      organizationId: input.organizationId,
      consentId: createIdentifier("app_consent", now),
      scope: input.scope ?? "openid profile email",
    },
    { issuer, now, lifetime: input.expiresIn ?? source.accessTokenLifetime },
  );
  return keys.sign({ ...claims, ...input.claims }, input.header);
}
