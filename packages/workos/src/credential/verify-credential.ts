import { andThen } from "../standards/and-then.js";
import type { ApiKeyIdentity } from "../workos/api-key-verdicts.js";
import type { ApiKeyValidator } from "../workos/api-keys.js";
import type { CallerKind } from "../standards/caller-kind.js";
import type { TokenRefusal } from "../token/refusal.js";
import type { TokenVerifier } from "../token/token-verifier.js";
import type { Verification, VerifiedToken } from "../token/verify.js";

/** A WorkOS API key that the API found valid. */
export interface VerifiedApiKey {
  readonly kind: "api-key";
  readonly key: ApiKeyIdentity;
}

/** What a caller proved to be. */
export type VerifiedCredential = VerifiedToken | VerifiedApiKey;

export type CredentialVerification =
  | { readonly ok: true; readonly credential: VerifiedCredential }
  | {
      readonly ok: false;
      readonly refusal: TokenRefusal;
      /** The caller's credential, if it is valid but was revoked. */
      readonly credential?: VerifiedCredential;
    };

/** Judges whatever came as a bearer credential; never rejects. */
export type CredentialVerifier = (
  credential: string,
) => CredentialVerification | Promise<CredentialVerification>;

/** How the value of every WorkOS API key begins; no JWT does, since its header is a JSON object. */
const API_KEY = /^sk_[A-Za-z0-9_]{8,250}$/;

/** What {@link createCredentialVerifier} needs. */
export interface CredentialVerifierOptions {
  readonly callers: ReadonlySet<CallerKind>;
  readonly verifyToken: TokenVerifier;
  readonly validateApiKey: ApiKeyValidator["validate"];
  /** Why a verified token does not count any more, if so; asked at every request, remembered token or not. */
  readonly refusalOf?: (
    credential: VerifiedToken,
  ) => TokenRefusal | undefined | Promise<TokenRefusal | undefined>;
}

/**
 * Makes the verifier of bearer credentials: API keys go to WorkOS when API keys
 * may call, everything else is held to the rules for access tokens.
 */
export function createCredentialVerifier({
  callers,
  verifyToken,
  validateApiKey,
  refusalOf = () => undefined,
}: CredentialVerifierOptions): CredentialVerifier {
  const verifyApiKey = async (value: string): Promise<CredentialVerification> => {
    const verdict = await validateApiKey(value);
    switch (verdict.kind) {
      case "valid":
        return { ok: true, credential: Object.freeze({ kind: "api-key", key: verdict.key }) };
      case "invalid":
        return refuse({ reason: "api_key_invalid" });
      case "unavailable":
        return refuse({ reason: "api_unavailable" });
    }
  };

  const named = (
    verification: Verification,
  ): CredentialVerification | Promise<CredentialVerification> => {
    if (!verification.ok) return verification;
    const { token } = verification;
    const conclude = (refusal: TokenRefusal | undefined): CredentialVerification =>
      refusal === undefined
        ? { ok: true, credential: token }
        : { ok: false, refusal, credential: token };
    const refusal = refusalOf(token);
    return andThen(refusal, conclude);
  };

  return (credential) => {
    if (!API_KEY.test(credential)) {
      const verification = verifyToken(credential);
      return andThen(verification, named);
    }
    return callers.has("api-key")
      ? verifyApiKey(credential)
      : refuse({ reason: "caller_not_accepted", caller: "api-key" });
  };
}

function refuse(refusal: TokenRefusal): CredentialVerification {
  return { ok: false, refusal };
}
