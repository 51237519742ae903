import type { ClaimFault, HeaderFault } from "../standards/access-token.js";
import type { CallerKind } from "../standards/caller-kind.js";

/**
 * Why an access token was not accepted. `reason` is the id that the caller and
 * the operator both see; the other members are for the operator.
 */
export type TokenRefusal =
  | HeaderFault
  | ClaimFault
  | { readonly reason: "token_too_long" }
  | { readonly reason: "unknown_key" }
  | { readonly reason: "bad_signature" }
  | { readonly reason: "wrong_issuer" }
  | { readonly reason: "wrong_audience"; readonly hint: AudienceHint }
  | {
      /** The token is for the whole environment, and this server takes only those for its resource. */
      readonly reason: "resource_not_requested";
      /** Whether WorkOS has a resource indicator for this server; undefined when it was not asked. */
      readonly isRegistered: true | undefined;
    }
  | { readonly reason: "caller_not_accepted"; readonly caller: CallerKind }
  | { readonly reason: "api_key_invalid" }
  | { readonly reason: "api_unavailable" }
  | { readonly reason: "custom_claims_invalid"; readonly paths: readonly string[] }
  | { readonly reason: "custom_claims_unknown" }
  | { readonly reason: "token_revoked" }
  | { readonly reason: "token_too_old" }
  | { readonly reason: "consent_withdrawn" }
  | { readonly reason: "revocations_unknown" }
  | { readonly reason: "keys_unavailable" };

/** What a wrong audience looks like, without quoting it. */
export type AudienceHint =
  | "this resource written differently"
  | "this resource and another"
  | "another organization's resource"
  | "another audience";
