import { measureLoad } from "../access/budget.js";
import type { StepUpMemory } from "../access/step-up.js";
import type {
  CredentialVerification,
  CredentialVerifier,
  VerifiedCredential,
} from "../credential/verify-credential.js";
import { andThen } from "../standards/and-then.js";
import { parseAuthorization } from "../standards/bearer.js";
import { placeRefusal, type Locate, type Place } from "./addressed-resource.js";
import { createAdmission, type AdmissionOptions } from "./admission.js";
import { preflight } from "./answer.js";
import type { Documents } from "./documents.js";
import { createOriginCheck, type OriginPolicy } from "./origin.js";
import { answered, type Answered, type GuardRequest, type Outcome } from "./outcome.js";
import type { RateLimit } from "./rate-limit.js";
import { createRefuse, type RefuseOptions } from "./refuse.js";
import type { Refusal } from "./refusal.js";
import type { WebhookIntake } from "./webhook.js";

/** Judges a request, at once when nothing has to be asked; throws or rejects only on a fault of ours. */
export interface Guard {
  (request: GuardRequest): Outcome | Promise<Outcome>;
  /** Refuses a request that was let through, for what only its host can tell. */
  readonly refuse: (
    refusal: Refusal,
    request: GuardRequest,
    credential: VerifiedCredential,
  ) => Answered;
}

/** What the guard asks of the floors below. */
export interface GuardOptions
  extends RefuseOptions, Pick<AdmissionOptions, "access" | "newId" | "observed"> {
  readonly locate: Locate;
  readonly publicPaths: ReadonlySet<string>;
  readonly origins: OriginPolicy;
  readonly documents: Documents;
  /** Takes WorkOS's webhooks, which are signed and carry no access token. */
  readonly webhook?: WebhookIntake;
  readonly verify: CredentialVerifier;
  /** Who was sent back to sign in, and for what. */
  readonly challenges: StepUpMemory;
  /** How often an authenticated caller may come; without one as often as it likes. */
  readonly rateLimit?: RateLimit;
}

/**
 * Makes the guard of a resource server. In this order, a request
 *
 * 1. gets a well-known document, or is taken as a webhook of WorkOS: neither carries a token;
 * 2. is refused when its host or origin is not allowed;
 * 3. is answered when it is a CORS preflight, and passes without a caller to a path listed as public;
 * 4. needs a valid credential, on every method and every other path: where the endpoint is mounted is the router's
 *    knowledge, so no decision to let a request in rests on it;
 * 5. must address a resource that its credential is for (placeRefusal);
 * 6. is charged to its caller's rate limit;
 * 7. must keep within the budget of a request (access/budget.ts), and each of its messages is evaluated by the access
 *    map, where there is one (admission.ts).
 *
 * Does NOT read the query or cookies.
 *
 * @see RFC 6750 §3, RFC 9728 §5, MCP 2025-11-25 basic/authorization
 */
export function createGuard(options: GuardOptions): Guard {
  const { locate, publicPaths, documents, webhook, verify, challenges, rateLimit } = options;
  const foreignRefusal = createOriginCheck(options.origins);
  const refuse = createRefuse(options);
  const admit = createAdmission({ ...options, refuse });

  const admitKnown = (
    credential: VerifiedCredential,
    place: Place,
    request: GuardRequest,
  ): Outcome | Promise<Outcome> => {
    const refuseKnown = (refusal: Refusal): Answered =>
      refuse(refusal, request, place.resourceMetadata, credential);
    if (credential.kind === "access-token") challenges.observe(credential);
    const misplaced = placeRefusal(credential, place, challenges.shouldChallenge);
    if (misplaced !== undefined) return refuseKnown(misplaced);
    const load = measureLoad(request.body);
    if (rateLimit === undefined) return admit(credential, place, request, load);
    return rateLimit(credential, load.uses).then((limited) =>
      limited === undefined ? admit(credential, place, request, load) : refuseKnown(limited),
    );
  };

  const conclude = (
    verification: CredentialVerification,
    place: Place,
    request: GuardRequest,
  ): Outcome | Promise<Outcome> => {
    if (verification.ok) {
      const { credential: caller } = verification;
      return andThen(request.readBody?.(), () => admitKnown(caller, place, request));
    }
    const { refusal, credential } = verification;
    return refuse(refusal, request, place.resourceMetadata, credential);
  };

  const guard = (request: GuardRequest): Outcome | Promise<Outcome> => {
    const { method, path, requestedHeaders } = request;
    const document = documents({ method, path, requestedHeaders });
    if (document !== undefined) return andThen(document, answered);
    const taken = webhook?.(request);
    if (taken !== undefined) return taken.then(answered);
    const place = locate(path);
    const resourceMetadata = place?.resourceMetadata ?? "";
    const foreign = foreignRefusal(request);
    if (foreign !== undefined) return refuse(foreign, request, resourceMetadata);
    if (request.isPreflight) {
      return answered(preflight(requestedHeaders, "GET, POST, DELETE"));
    }
    if (publicPaths.has(path)) return { kind: "public" };
    if (place === undefined) return refuse({ reason: "organization_malformed" }, request, "");

    const authorization = parseAuthorization(request.authorization);
    switch (authorization.kind) {
      case "absent":
        return refuse({ reason: "credentials_missing" }, request, resourceMetadata);
      case "other-scheme":
        return refuse({ reason: "scheme_unsupported" }, request, resourceMetadata);
      case "malformed":
        return refuse({ reason: "credentials_malformed" }, request, resourceMetadata);
      case "repeated":
        return refuse({ reason: "credentials_repeated" }, request, resourceMetadata);
      case "bearer": {
        return andThen(verify(authorization.token), (verification) =>
          conclude(verification, place, request),
        );
      }
    }
  };
  return Object.assign(guard, {
    refuse: ((refusal, request, credential) =>
      refuse(
        refusal,
        request,
        locate(request.path)?.resourceMetadata ?? "",
        credential,
      )) satisfies Guard["refuse"],
  });
}
