import type { BearerError } from "../standards/challenge.js";
import type { Stop } from "../access/access-control.js";
import type { Excess } from "../access/budget.js";
import type { OriginRefusal } from "./origin.js";
import type { AudienceHint, TokenRefusal } from "../token/refusal.js";

/** Why a request was turned away: where it came from, its credentials' form, or its token. */
export type Refusal =
  | OriginRefusal
  | TokenRefusal
  | { readonly reason: "credentials_missing" }
  | { readonly reason: "scheme_unsupported" }
  | { readonly reason: "credentials_malformed" }
  | { readonly reason: "credentials_repeated" }
  | { readonly reason: "organization_malformed" }
  | { readonly reason: "wrong_organization" }
  | { readonly reason: "organization_refused" }
  | { readonly reason: "body_unreadable"; readonly body: UnreadableBody }
  | { readonly reason: "target_unnamed" }
  | { readonly reason: Excess | Stop | "too_many_streams"; readonly caller: string }
  | { readonly reason: "rate_limited"; readonly caller: string; readonly retryAfter: number };

/** Why a host could not read a body. */
export type UnreadBody = "broken" | "encoded" | "too_large";

/** What is known of a body that holds no message: reading it failed, it was not parsed, or it is a scalar or bytes. */
export type UnreadableBody = UnreadBody | "unparsed" | "scalar";

const PARSE_FIRST =
  "mount the JSON parser before workosProvider(), such as express.json(), or set request.body before calling it " +
  "(xmcp before 1.0 mounts its parser behind it)";

/** The caller's text, the operator's, which names the cure, and the status. */
const BODIES: Readonly<Record<UnreadableBody, readonly [string, string, (400 | 413 | 415)?]>> = {
  encoded: [
    "The request body is compressed; send it without Content-Encoding",
    "the client sent the body with a Content-Encoding, which is not read",
    415,
  ],
  too_large: [
    "The request body is larger than 10 MiB",
    "the client sent a body of more than 10 MiB; nothing of it was carried out",
    413,
  ],
  broken: [
    "The request body is not JSON",
    "reading the body failed: the client sent broken JSON, or the host's parser failed",
  ],
  unparsed: [
    "This server has no parsed request body: send JSON as application/json; if you did, its operator has to parse it",
    `request.body is undefined: the client sent no application/json, or nothing parsed the body; ${PARSE_FIRST}`,
  ],
  scalar: [
    "The request body is not a JSON object or list",
    `request.body is no object or list: the client sent another JSON value, or the body was read as text or bytes; ${PARSE_FIRST}`,
  ],
};

/** What a refusal becomes: generic for the caller, precise for the operator. */
export interface RefusalForm {
  readonly status: 400 | 401 | 403 | 404 | 413 | 415 | 429 | 503;
  /** RFC 6750 error code; none when the request carried no credentials (RFC 6750 §3.1). */
  readonly error?: BearerError;
  /** One fixed sentence for the caller, the same bytes every time. */
  readonly description: string;
  /** One sentence for the operator's log: what was wrong and what to do. */
  readonly detail: string;
}

/**
 * Gives every refusal its form on the wire and in the log.
 *
 * The switch is exhaustive: a new reason does not compile until it has both.
 * Claims are named, never quoted.
 *
 * @see RFC 6750 §3.1
 */
export function refusalForm(refusal: Refusal, resource: string): RefusalForm {
  switch (refusal.reason) {
    case "host_not_allowed":
      return {
        status: 403,
        description: "This host name does not belong to this server",
        detail:
          "baseURL is a loopback address, but the Host header names something else: DNS rebinding, or a proxy " +
          "or tunnel in front. If it is yours, set baseURL (BASE_URL) to its public https URL",
      };
    case "origin_not_allowed":
      return {
        status: 403,
        description: "This origin may not call this server",
        detail:
          "the Origin header names a web page that is not allowed to call this server; if it is a client of " +
          "yours, add its origin to allowedOrigins",
      };
    case "rate_limited":
      return {
        status: 429,
        description: "Too many calls; try again later",
        detail: `${refusal.caller} has used up its calls and may come back in ${refusal.retryAfter} s; see rateLimiter`,
      };
    case "organization_malformed":
      return {
        status: 404,
        description: "There is no such organization",
        detail:
          "the path below the endpoint is not /o/ and the ID of an organization (org_…), which is all that " +
          "organizationInPath allows there",
      };
    case "wrong_organization":
      return badToken(
        "The access token is for another organization",
        "the URL selects an organization, and the token's org_id is another one or none: the person has to choose it at sign-in",
      );
    case "organization_refused":
      return {
        status: 403,
        description:
          "This connection is signed in to another organization; disconnect it in the client, connect it again " +
          "and choose the organization of this URL",
        detail:
          "the caller signed in again and its org_id is still not the organization of the URL: it belongs to " +
          "another one, or chose another one, or its client refreshed the old sign-in",
      };
    case "body_unreadable":
      return badRequest(...BODIES[refusal.body]);
    case "target_unnamed":
      return badRequest(
        "The message does not name what it wants to use",
        "a message that uses a tool, a resource or a prompt has no name or URI that is a text; none of the " +
          "request was carried out",
      );
    case "batch_too_long":
      return {
        status: 413,
        description: "The batch holds more than 100 messages; send them in several requests",
        detail: `${refusal.caller} sent a JSON-RPC batch of more than 100 messages; none of them was carried out`,
      };
    case "too_many_targets":
      return {
        status: 413,
        description:
          "A message may name 100 tools, prompts or resources, and a request 200; send several requests",
        detail: `the messages of ${refusal.caller} name more tools, prompts or resources than one request may; none of them was carried out`,
      };
    case "name_too_long":
      return {
        status: 413,
        description: "A name or URI is longer than 4,096 bytes",
        detail: `a message of ${refusal.caller} names a tool, prompt or resource with more than 4,096 bytes; nothing of the request was carried out`,
      };
    case "too_many_streams":
      return {
        status: 429,
        description: "Too many open streams; close one or try again later",
        detail: `${refusal.caller} has as many streams open as maxStreamsPerCaller allows; does a client not close them?`,
      };
    case "too_many_checks":
      return {
        status: 413,
        description: "The request needs more than 100 checks; send several requests",
        detail: `for what the messages of ${refusal.caller} name, the checks of the access map would be asked more than 100 times; none was asked`,
      };
    case "checks_waiting":
      return {
        status: 429,
        description: "Too many calls at the same time; try again later",
        detail: `1,000 checks of ${refusal.caller} wait already, and 8 are asked at the same time; is it a loop, or is a check slow?`,
      };
    case "client_left":
      return {
        status: 503,
        description: "The client left before the answer",
        detail: `${refusal.caller} left while checks were being asked; nothing of the request was carried out`,
      };
    case "credentials_missing":
      return {
        status: 401,
        description: "This resource needs an access token",
        detail: "the request carried no Authorization header",
      };
    case "scheme_unsupported":
      return {
        status: 401,
        description: "This resource takes bearer tokens only",
        detail: "the Authorization header uses another scheme than Bearer",
      };
    case "credentials_malformed":
      return badRequest(
        "The Authorization header is malformed",
        "the Authorization header is not `Bearer <token>`; the client must send it so",
      );
    case "credentials_repeated":
      return badRequest(
        "The request carries more than one Authorization header",
        "several Authorization headers; look for a proxy that adds its own",
      );
    case "token_too_long":
      return badToken("The access token is too long", "the token is longer than 16 KiB");
    case "token_malformed":
      return badToken(
        "The access token is malformed",
        `the token is no signed JWT of AuthKit (at fault: ${refusal.part})`,
      );
    case "unsupported_algorithm":
      return badToken(
        "The access token is signed with an unsupported algorithm",
        "the token's alg is not RS256, the only one AuthKit signs with; it may be forged",
      );
    case "unsupported_token_type":
      return badToken(
        "The token is not an access token",
        "the token's typ is that of another kind of JWT; the client must send the access token",
      );
    case "critical_header":
      return badToken(
        "The access token is malformed",
        "the token's crit header asks for extensions",
      );
    case "not_an_access_token":
      return badToken(
        "The token is not an access token",
        `by its claim ${refusal.claim} this is an ID token or a security event; the client must send the access token`,
      );
    case "unknown_key":
      return badToken(
        "The access token is signed by an unknown key",
        "the issuer's key set has no key with the token's kid: a withdrawn key, another environment or a forgery",
      );
    case "bad_signature":
      return badToken(
        "The access token's signature is wrong",
        "the signature does not fit the key: tampered or forged",
      );
    case "wrong_issuer":
      return badToken(
        "The access token is from another issuer",
        "the token's iss is none of the configured AuthKit domains; compare authkitDomain " +
          "(WORKOS_AUTHKIT_DOMAIN) with the domain in the dashboard. AuthKit session tokens are not for this server",
      );
    case "wrong_audience":
      return badToken(
        "The access token is for another audience",
        `expected aud ${resource}, found ${hints[refusal.hint]}`,
      );
    case "resource_not_requested":
      return badToken(
        "The access token is for the whole environment; sign in again and request this resource",
        `expected aud ${resource}, found the environment client ID. ${refusal.isRegistered === true ? REGISTERED : UNASKED}`,
      );
    case "claim_missing":
      return badToken("The access token lacks a claim", `the token has no ${refusal.claim} claim`);
    case "claim_invalid":
      return badToken(
        "A claim of the access token is invalid",
        `the claim ${refusal.claim} has the wrong type or form; if a JWT template sets it, correct the template`,
      );
    case "token_expired":
      return badToken(
        "The access token expired",
        `the token expired ${inSeconds(refusal.secondsAgo)} ago; the client should refresh it`,
      );
    case "token_not_yet_valid":
      return badToken(
        "The access token is not valid yet",
        `the token's nbf lies ${inSeconds(refusal.secondsAhead)} ahead; check this machine's clock`,
      );
    case "token_issued_in_future":
      return badToken(
        "The access token is not valid yet",
        `the token's iat lies ${inSeconds(refusal.secondsAhead)} ahead; check this machine's clock`,
      );
    case "sender_constrained":
      return badToken(
        "The access token is bound to a key",
        "the token carries cnf (DPoP or mTLS), whose proof a bearer request cannot give",
      );
    case "caller_not_accepted":
      return badToken(
        "This kind of caller is not accepted",
        `the credential is good in form, but its kind of caller is not in callers; add "${refusal.caller}" if it may call`,
      );
    case "api_key_invalid":
      return badToken("The API key is invalid", "WorkOS knows no such API key, or it was revoked");
    case "api_unavailable":
      return {
        status: 503,
        description: "API keys cannot be verified at the moment",
        detail: "the WorkOS API cannot be asked about API keys; see the line about it",
      };
    case "custom_claims_invalid":
      return badToken(
        "The access token's claims were not accepted",
        `the claims schema refused the token at: ${refusal.paths.join(", ")}`,
      );
    case "custom_claims_unknown":
      return {
        status: 503,
        description: "The access token's claims cannot be checked at the moment",
        detail:
          "the claims schema gave no answer within ten seconds, so the token was neither accepted nor refused; see what the schema waits for",
      };
    case "token_revoked":
      return badToken(
        "The access token was revoked",
        "the person, the membership, the organization or the session was removed at WorkOS after the token was issued",
      );
    case "token_too_old":
      return badToken(
        "The access token is too old",
        "the token was issued before the earliest event that was read, so it is not known whether its user was removed " +
          "since; the client should refresh it. If tokens live so long, set revocation.maxTokenLifetimeSeconds to it",
      );
    case "consent_withdrawn":
      return badToken(
        "The person no longer authorizes this client",
        "the person's authorized applications at WorkOS do not name the token's client, or it names none: the consent was withdrawn",
      );
    case "revocations_unknown":
      return {
        status: 503,
        description: "Whether the access token was revoked cannot be found out at the moment",
        detail:
          "WorkOS could not be asked for longer than revocation.failClosedAfterSeconds; see the line about events or consents",
      };
    case "keys_unavailable":
      return {
        status: 503,
        description: "Access tokens cannot be verified at the moment",
        detail:
          "the issuer's keys cannot be fetched, or a thousand tokens with unknown key IDs wait for them already, " +
          "so this token cannot be judged; see the line about its key set",
      };
  }
}

const REGISTERED =
  "This server is a registered resource indicator, so the client signed in before it was, or sends no resource " +
  "parameter (RFC 8707): remove the server in the client and connect it again. For clients that never send it, mark " +
  "the indicator as default in the dashboard";

const UNASKED =
  "Add the expected string under Connect > Configuration > MCP resource indicators, unless it is there, and connect " +
  "the client again; it has to send the resource parameter (RFC 8707)";

const hints: Readonly<Record<AudienceHint, string>> = {
  "this resource written differently":
    "this resource spelled otherwise (scheme, host, letter case or a trailing slash). Make the resource " +
    "indicator in the dashboard equal to the expected string, byte by byte",
  "this resource and another":
    "this resource together with another audience; such a token could be replayed here and is never accepted",
  "another organization's resource":
    "the resource of another organization, or of none; every organization's URL is a resource of its own, " +
    "and the client has to sign in to this one",
  "another audience":
    "another audience. If WORKOS_CLIENT_ID is not that of the environment where people sign in, correct it; if this is the right server, add the expected string under " +
    "Connect > Configuration > MCP resource indicators",
};

/** A duration that a person compares with the difference of two clocks: "3,600 s". */
function inSeconds(seconds: number): string {
  return `${Math.round(seconds).toLocaleString("en-US")} s`;
}

function badRequest(
  description: string,
  detail: string,
  status: 400 | 413 | 415 = 400,
): RefusalForm {
  return { status, error: "invalid_request", description, detail };
}

function badToken(description: string, detail: string): RefusalForm {
  return { status: 401, error: "invalid_token", description, detail };
}
