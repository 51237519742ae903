import { isRecord } from "../input/values.js";
import type { AuthorizationServer } from "../oauth/authorization-server.js";
import { createIdentifier } from "../secrets/identifier.js";
import { userClaims } from "../tokens/access-token.js";
import { readArgument } from "./arguments.js";
import { firstUser } from "./token.js";

/** What is different from a token for the first user. */
export interface ForgedTokenInput {
  /** Claims that replace the usual ones; `undefined` removes one. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Header members that replace the usual ones; `undefined` removes one. The signature stays RS256. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** From now; negative for a token that has expired. */
  readonly expiresInSeconds?: number;
}

/**
 * Signs a token that AuthKit would never write, for tests of what a server has to refuse.
 *
 * Does NOT check the claims: any user, audience or scope, and any type.
 */
export async function forgeToken(
  server: AuthorizationServer,
  input: ForgedTokenInput,
): Promise<string> {
  const { environment, issuer, keys, now } = server;
  const { claims, header, expiresInSeconds } = readArgument(input, "forgeToken()", (reader) => ({
    claims: reader.optionalValue("claims", isJsonRecord, JSON_RECORD),
    header: reader.optionalValue("header", isJsonRecord, JSON_RECORD),
    expiresInSeconds: reader.optionalValue("expiresInSeconds", isInteger, "a whole number"),
  }));
  const indicators = server.features.resourceIndicators ? environment.resources.all() : [];
  const usual = userClaims(
    {
      audience: indicators.find((indicator) => indicator.default)?.uri ?? environment.clientId,
      userId: firstUser(environment).id,
      clientId: createIdentifier("client", now),
      organizationId: undefined,
      consentId: createIdentifier("app_consent", now),
      scope: "openid profile email",
    },
    { issuer: issuer(), now, lifetime: expiresInSeconds ?? server.accessTokenLifetime },
  );
  return keys.sign({ ...usual, ...claims }, header);
}

const JSON_RECORD = "an object that JSON can hold";

function isJsonRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  try {
    return isRecord(value) && JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}
