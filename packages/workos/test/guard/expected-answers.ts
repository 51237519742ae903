import type { Refusal, RefusalForm } from "../../src/guard/refusal.js";

type Reason = Refusal["reason"];
/** Status, error code of RFC 6750 and description. */
type ExpectedAnswer = readonly [RefusalForm["status"], RefusalForm["error"], string];

/** What a client gets for each; a reason that is missing here does not compile. */
export const EXPECTED_ANSWERS: Readonly<Record<Reason, ExpectedAnswer>> = {
  host_not_allowed: [403, undefined, "This host name does not belong to this server"],
  origin_not_allowed: [403, undefined, "This origin may not call this server"],
  rate_limited: [429, undefined, "Too many calls; try again later"],
  organization_malformed: [404, undefined, "There is no such organization"],
  wrong_organization: [401, "invalid_token", "The access token is for another organization"],
  organization_refused: [
    403,
    undefined,
    "This connection is signed in to another organization; disconnect it in the client, connect it again and choose the organization of this URL",
  ],
  body_unreadable: [
    400,
    "invalid_request",
    "This server has no parsed request body: send JSON as application/json; if you did, its operator has to parse it",
  ],
  target_unnamed: [400, "invalid_request", "The message does not name what it wants to use"],
  batch_too_long: [
    413,
    undefined,
    "The batch holds more than 100 messages; send them in several requests",
  ],
  too_many_targets: [
    413,
    undefined,
    "A message may name 100 tools, prompts or resources, and a request 200; send several requests",
  ],
  name_too_long: [413, undefined, "A name or URI is longer than 4,096 bytes"],
  too_many_checks: [
    413,
    undefined,
    "The request needs more than 100 checks; send several requests",
  ],
  checks_waiting: [429, undefined, "Too many calls at the same time; try again later"],
  client_left: [503, undefined, "The client left before the answer"],
  credentials_missing: [401, undefined, "This resource needs an access token"],
  scheme_unsupported: [401, undefined, "This resource takes bearer tokens only"],
  credentials_malformed: [400, "invalid_request", "The Authorization header is malformed"],
  credentials_repeated: [
    400,
    "invalid_request",
    "The request carries more than one Authorization header",
  ],
  token_too_long: [401, "invalid_token", "The access token is too long"],
  token_malformed: [401, "invalid_token", "The access token is malformed"],
  unsupported_algorithm: [
    401,
    "invalid_token",
    "The access token is signed with an unsupported algorithm",
  ],
  unsupported_token_type: [401, "invalid_token", "The token is not an access token"],
  critical_header: [401, "invalid_token", "The access token is malformed"],
  not_an_access_token: [401, "invalid_token", "The token is not an access token"],
  unknown_key: [401, "invalid_token", "The access token is signed by an unknown key"],
  bad_signature: [401, "invalid_token", "The access token's signature is wrong"],
  wrong_issuer: [401, "invalid_token", "The access token is from another issuer"],
  wrong_audience: [401, "invalid_token", "The access token is for another audience"],
  resource_not_requested: [
    401,
    "invalid_token",
    "The access token is for the whole environment; sign in again and request this resource",
  ],
  claim_missing: [401, "invalid_token", "The access token lacks a claim"],
  claim_invalid: [401, "invalid_token", "A claim of the access token is invalid"],
  custom_claims_invalid: [401, "invalid_token", "The access token's claims were not accepted"],
  custom_claims_unknown: [
    503,
    undefined,
    "The access token's claims cannot be checked at the moment",
  ],
  too_many_streams: [429, undefined, "Too many open streams; close one or try again later"],
  token_expired: [401, "invalid_token", "The access token expired"],
  token_not_yet_valid: [401, "invalid_token", "The access token is not valid yet"],
  token_issued_in_future: [401, "invalid_token", "The access token is not valid yet"],
  sender_constrained: [401, "invalid_token", "The access token is bound to a key"],
  caller_not_accepted: [401, "invalid_token", "This kind of caller is not accepted"],
  api_key_invalid: [401, "invalid_token", "The API key is invalid"],
  api_unavailable: [503, undefined, "API keys cannot be verified at the moment"],
  token_revoked: [401, "invalid_token", "The access token was revoked"],
  token_too_old: [401, "invalid_token", "The access token is too old"],
  consent_withdrawn: [401, "invalid_token", "The person no longer authorizes this client"],
  revocations_unknown: [
    503,
    undefined,
    "Whether the access token was revoked cannot be found out at the moment",
  ],
  keys_unavailable: [503, undefined, "Access tokens cannot be verified at the moment"],
};
