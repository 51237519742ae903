import { writeChallenge } from "../standards/challenge.js";
import { isScope } from "../standards/scope.js";
import type { VerifiedCredential } from "../credential/verify-credential.js";
import { json, type Answer } from "./answer.js";
import type { Refusal, RefusalForm } from "./refusal.js";

/** A client may try again after this many seconds when tokens cannot be verified. */
const RETRY_AFTER_SECONDS = 5;

/** Statuses that neither signing in nor waiting cures, as the answer's body names them. */
const FINAL: Partial<Readonly<Record<RefusalForm["status"], string>>> = {
  403: "forbidden",
  404: "not_found",
  413: "content_too_large",
};

/**
 * Builds the HTTP answer of a refusal.
 *
 * @param credential of the caller, where it was good in itself.
 * @see RFC 6750 §3
 */
export function refusalAnswer(
  refusal: Refusal,
  { status, error, description }: RefusalForm,
  resourceMetadata: string,
  credential: VerifiedCredential | undefined,
): Answer {
  const { reason } = refusal;
  const headers = { "Cache-Control": "no-store" };
  if (status === 503) {
    const body = { error: "temporarily_unavailable", error_description: description, reason };
    return json(503, body, { ...headers, "Retry-After": String(RETRY_AFTER_SECONDS) });
  }
  if (status === 429) {
    const body = { error: "too_many_requests", error_description: description, reason };
    const retryAfter = "retryAfter" in refusal ? refusal.retryAfter : RETRY_AFTER_SECONDS;
    return json(429, body, { ...headers, "Retry-After": String(retryAfter) });
  }
  const name = FINAL[status];
  if (name !== undefined) {
    return json(status, { error: name, error_description: description, reason }, headers);
  }
  // RFC 6750 §3.1: a request without credentials is told where to get some, not that it erred.
  const challenge = writeChallenge(
    error === undefined
      ? { resourceMetadata }
      : {
          error,
          scopes: keptScopes(refusal, credential),
          resourceMetadata,
          errorDescription: description,
        },
  );
  const body =
    error === undefined
      ? { message: description, reason, resource_metadata: resourceMetadata }
      : { error, error_description: description, reason };
  return json(status, body, { ...headers, "WWW-Authenticate": challenge });
}

/** Scopes that a client would lose when it signs in for another organization and the challenge named none. */
function keptScopes(
  { reason }: Refusal,
  credential: VerifiedCredential | undefined,
): readonly string[] {
  return reason === "wrong_organization" && credential?.kind === "access-token"
    ? credential.authkit.scopes.filter(isScope).toSorted()
    : [];
}
