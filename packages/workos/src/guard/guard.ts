import { parseAuthorization } from "../standards/bearer.js";
import { writeChallenge } from "../standards/challenge.js";
import { protectedResourceMetadataUrl } from "../standards/protected-resource.js";
import type {
  CredentialVerification,
  CredentialVerifier,
  VerifiedCredential,
} from "../token/credential-verifier.js";
import type { Trail } from "../trail/event.js";
import { json, preflight, type Answer } from "./answer.js";
import type { Documents } from "./documents.js";
import { originRefusal, type OriginPolicy } from "./origin.js";
import { formOf, type Refusal } from "./refusal.js";

/** What the guard needs to know of an HTTP request; a door reads it off its framework. */
export interface GuardRequest {
  readonly method: string;
  /** The path as received: not decoded, not normalized, without query. */
  readonly path: string;
  /** Every Authorization field, in the order received. */
  readonly authorization: readonly string[];
  /** Whether the request is a CORS preflight (Fetch §3.2.2): OPTIONS with Origin and Access-Control-Request-Method. */
  readonly isPreflight: boolean;
  /** The Access-Control-Request-Headers field. */
  readonly requestedHeaders?: string | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

/** What becomes of a request. */
export type Outcome =
  | { readonly kind: "answered"; readonly answer: Answer }
  /** A path the operator listed as public: let through, nobody is known. */
  | { readonly kind: "public" }
  | { readonly kind: "authenticated"; readonly credential: VerifiedCredential };

/** Judges a request, at once when nobody has to be asked; throws or rejects only on a fault of ours. */
export type Guard = (request: GuardRequest) => Outcome | Promise<Outcome>;

/** A client may try again after this many seconds when tokens cannot be verified. */
const RETRY_AFTER = 5;

/**
 * Makes the guard of a resource server.
 *
 * The documents are for everybody; whatever else reaches it must come from an
 * allowed host and origin. Then it needs a valid access token, on every method and every path,
 * except CORS preflights and paths listed as public:
 * where the endpoint is mounted is the router's knowledge, so no decision rests
 * on it. Does NOT read the body, the query or cookies.
 *
 * @see RFC 6750 §3, RFC 9728 §5, MCP 2025-11-25 basic/authorization
 */
export function createGuard({
  resource,
  publicPaths,
  origins,
  documents,
  verify,
  trail,
}: {
  readonly resource: string;
  readonly publicPaths: ReadonlySet<string>;
  readonly origins: OriginPolicy;
  readonly documents: Documents;
  readonly verify: CredentialVerifier;
  readonly trail: Trail;
}): Guard {
  const resourceMetadata = protectedResourceMetadataUrl(resource);

  const refuse = (refusal: Refusal, method: string): Outcome => {
    const { status, error, description, detail } = formOf(refusal, resource);
    const { reason } = refusal;
    trail({ kind: "refused", reason, status, method, detail });
    const headers = { "Cache-Control": "no-store" };
    if (status === 503) {
      const body = { error: "temporarily_unavailable", error_description: description, reason };
      return answered(json(503, body, { ...headers, "Retry-After": String(RETRY_AFTER) }));
    }
    if (status === 403) {
      const body = { error: "forbidden", error_description: description, reason };
      return answered(json(403, body, headers));
    }
    // RFC 6750 §3.1: a request without credentials is told where to get some, not that it erred.
    const challenge = writeChallenge(
      error === undefined
        ? { resourceMetadata }
        : { error, resourceMetadata, errorDescription: description },
    );
    const body =
      error === undefined
        ? { message: description, reason, resource_metadata: resourceMetadata }
        : { error, error_description: description, reason };
    return answered(json(status, body, { ...headers, "WWW-Authenticate": challenge }));
  };

  const admit = (verification: CredentialVerification, method: string): Outcome =>
    verification.ok
      ? { kind: "authenticated", credential: verification.credential }
      : refuse(verification.refusal, method);

  return (request) => {
    const { method, path, requestedHeaders } = request;
    const document = documents({ method, path, requestedHeaders });
    if (document instanceof Promise) return document.then(answered);
    if (document !== undefined) return answered(document);
    const foreign = originRefusal(request, origins);
    if (foreign !== undefined) return refuse(foreign, method);
    if (request.isPreflight) {
      return answered(preflight(requestedHeaders, "GET, POST, DELETE"));
    }
    if (publicPaths.has(path)) return { kind: "public" };

    const authorization = parseAuthorization(request.authorization);
    switch (authorization.kind) {
      case "absent":
        return refuse({ reason: "credentials_missing" }, method);
      case "other-scheme":
        return refuse({ reason: "scheme_unsupported" }, method);
      case "malformed":
        return refuse({ reason: "credentials_malformed" }, method);
      case "repeated":
        return refuse({ reason: "credentials_repeated" }, method);
      case "bearer": {
        const verification = verify(authorization.token);
        return verification instanceof Promise
          ? verification.then((late) => admit(late, method))
          : admit(verification, method);
      }
    }
  };
}

function answered(answer: Answer): Outcome {
  return { kind: "answered", answer };
}
