import { parseAuthorization } from "../standards/bearer.js";
import { isUnnamed, type AccessControl, type Judgement } from "../access/access-control.js";
import { budgetKey, measureLoad, type Load } from "../access/budget.js";
import { explain, reasonOf } from "../access/explain.js";
import { whoIs } from "../access/rights.js";
import { readMessages, type Target } from "../access/messages.js";
import type { Shows } from "../access/filter-lists.js";
import type { OrganizationUrl } from "../access/challenge-policy.js";
import type { StepUpMemory } from "../access/step-up.js";
import type {
  CredentialVerification,
  CredentialVerifier,
  VerifiedCredential,
} from "../credential/verify-credential.js";
import type { RecordedArguments, Trail } from "../trail/event.js";
import {
  askedOf,
  cameOf,
  keptArguments,
  knownOf,
  toldOf,
  type Admitted,
  type Origin,
} from "./usage-events.js";
import { preflight, type Answer } from "./answer.js";
import { denialAnswer } from "./denial.js";
import type { Documents } from "./documents.js";
import type { WebhookIntake } from "./webhook.js";
import { placeRefusal, reached, type Locate, type Place } from "./addressed-resource.js";
import { createOriginCheck, type OriginPolicy } from "./origin.js";
import type { RateLimit } from "./rate-limit.js";
import { refusalAnswer } from "./refusal-answer.js";
import { formOf, type Refusal } from "./refusal.js";

/** What the guard needs to know of an HTTP request; a door reads it off its framework. */
export interface GuardRequest extends Origin {
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
  /** The parsed body, the very object that the dispatcher will read. */
  readonly body?: unknown;
  /** Whether reading the body failed, as where a host parses it on demand and it is not JSON. */
  readonly isBodyUnreadable?: boolean;
  /** The body as it came, where the host kept it: what a webhook's signature is over. Nothing else reads it. */
  readonly rawBody?: unknown;
  /** The WorkOS-Signature field of a webhook. */
  readonly signature?: string | undefined;
  /** When it came, in milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Whether the client has left, as far as the host can tell: work for it stops then. */
  readonly isGone?: (() => boolean) | undefined;
}

/** What becomes of a request. */
export type Outcome =
  | { readonly kind: "answered"; readonly answer: Answer }
  /** A path the operator listed as public: let through, nobody is known. */
  | { readonly kind: "public" }
  | {
      readonly kind: "authenticated";
      readonly credential: VerifiedCredential;
      /** The resource identifier that the request addressed. */
      readonly resource: string;
      /** What lists in the answer may show; everything when there is none. */
      readonly shows?: Shows;
      /** The URL of another organization, where the request's URL selects one. */
      readonly urlOf?: OrganizationUrl;
      /** What was let through, for whoever observes. */
      readonly admitted?: readonly Admitted[];
    };

/** Judges a request, at once when nobody has to be asked; throws or rejects only on a fault of ours. */
export interface Guard {
  (request: GuardRequest): Outcome | Promise<Outcome>;
  /** Refuses a request that was let through, for what only its host can tell. */
  readonly refuse: (
    refusal: Refusal,
    request: GuardRequest,
    credential: VerifiedCredential,
  ) => Answered;
}

/** An outcome that is an answer. */
type Answered = Extract<Outcome, { readonly kind: "answered" }>;

/** Methods whose body no dispatcher reads. */
const BODILESS = new Set(["GET", "HEAD", "DELETE", "OPTIONS"]);

/** What the guard asks of the floors below. */
export interface GuardOptions {
  /** What the operator's log calls this server. */
  readonly resource: string;
  readonly locate: Locate;
  readonly publicPaths: ReadonlySet<string>;
  readonly origins: OriginPolicy;
  readonly documents: Documents;
  /** Takes WorkOS's webhooks, which are signed and carry no access token. */
  readonly webhook?: WebhookIntake;
  readonly verify: CredentialVerifier;
  /** Without one every authenticated caller may do everything. */
  readonly access?: { readonly control: AccessControl; readonly stepUp: "http" | "tool-result" };
  /** Who was sent back to sign in, and for what. */
  readonly challenges: StepUpMemory;
  readonly trail: Trail;
  readonly now: () => number;
  /** A text that nobody has seen before. */
  readonly newId: () => string;
  /** How often an authenticated caller may come; without one as often as it likes. */
  readonly rateLimit?: RateLimit;
  /** Reports what was let through too, and with it the arguments named here; nobody observes without. */
  readonly observed?: RecordedArguments;
}

/**
 * Makes the guard of a resource server.
 *
 * The documents are for everybody; whatever else reaches it must come from an
 * allowed host and origin. Then it needs a valid access token, on every method and every
 * path, except CORS preflights and paths listed as public:
 * where the endpoint is mounted is the router's knowledge, so no decision to let somebody
 * in rests on it. With an access map every message of the body is judged too; what asks for more
 * than the budget of a request (access/budget.ts) is refused with or without. Does NOT read
 * the query or cookies.
 *
 * @see RFC 6750 §3, RFC 9728 §5, MCP 2025-11-25 basic/authorization
 */
export function createGuard({
  resource,
  locate,
  publicPaths,
  origins,
  documents,
  webhook,
  verify,
  access,
  challenges,
  trail,
  now,
  newId,
  rateLimit,
  observed,
}: GuardOptions): Guard {
  const foreignRefusal = createOriginCheck(origins);
  const refuse = (
    refusal: Refusal,
    request: GuardRequest,
    resourceMetadata: string,
    credential?: VerifiedCredential,
  ): Answered => {
    const form = formOf(refusal, resource);
    const { status, detail } = form;
    const { reason } = refusal;
    const { method, receivedAt } = request;
    trail({
      kind: "refused",
      reason,
      status,
      method,
      ...(credential === undefined ? {} : knownOf(credential)),
      ...cameOf(request),
      detail,
      durationMs: now() - receivedAt,
    });
    return answered(refusalAnswer(refusal, form, resourceMetadata, credential));
  };

  /** What observers are told of what was let through: one event for each thing that a message names, or for the message. */
  const admittedBy = (
    credential: VerifiedCredential,
    { messages, uses }: Pick<Extract<Judgement, { kind: "admitted" }>, "messages" | "uses">,
    request: GuardRequest,
  ): readonly Admitted[] => {
    const rules = new Map<Target | undefined, string | undefined>(
      uses.map(({ target, rules: [rule] }) => [target, rule?.path]),
    );
    const admitted: Admitted[] = [];
    for (const { message, target, ...part } of toldOf(messages)) {
      if (message.method === "") continue;
      const use = { target, rule: rules.get(target), callId: newId(), ...part };
      admitted.push({
        ...askedOf(credential, message, use, request),
        arguments: keptArguments(target, observed ?? new Map()),
      });
    }
    return admitted;
  };

  /** What the messages of an authenticated request may do. */
  const conclude = (
    judgement: Judgement,
    credential: VerifiedCredential,
    place: Place,
    request: GuardRequest,
  ): Outcome => {
    const { resourceMetadata } = place;
    switch (judgement.kind) {
      case "admitted":
        return {
          kind: "authenticated",
          credential,
          ...reached(place),
          ...(observed === undefined
            ? {}
            : { admitted: admittedBy(credential, judgement, request) }),
          ...(judgement.shows === undefined ? {} : { shows: judgement.shows }),
        };
      case "unreadable":
        return refuse(
          {
            reason: "body_unreadable",
            body: request.body === undefined ? "unparsed" : "scalar",
          },
          request,
          resourceMetadata,
          credential,
        );
      case "unnamed":
        return refuse({ reason: "target_unnamed" }, request, resourceMetadata, credential);
      case "stopped":
        return refuse(
          { reason: judgement.reason, caller: budgetKey(credential) },
          request,
          resourceMetadata,
          credential,
        );
      case "refused": {
        const { refused, further, messages } = judgement;
        const who = whoIs(credential);
        const stepUp = access?.stepUp ?? "http";
        const answer = denialAnswer({ ...judgement, who, resourceMetadata, stepUp });
        const parts = new Map(toldOf(messages).map(({ target, part }) => [target, part]));
        for (const one of [refused, ...further]) {
          const { message, target, denial, rule } = one;
          if (one !== refused && !parts.has(target)) continue;
          const part = parts.get(target);
          trail({
            kind: "denied",
            ...askedOf(credential, message, { target, rule, callId: newId(), part }, request),
            reason: reasonOf(denial),
            status: answer.status,
            detail: explain(denial, target, who),
            durationMs: now() - request.receivedAt,
            ...(one === refused ? {} : { isFurther: true }),
          });
        }
        return answered(answer);
      }
    }
  };

  const admit = (
    verification: CredentialVerification,
    place: Place,
    request: GuardRequest,
  ): Outcome | Promise<Outcome> => {
    if (verification.ok) return admitKnown(verification.credential, place, request);
    const { refusal, credential } = verification;
    return refuse(refusal, request, place.resourceMetadata, credential);
  };

  const admitKnown = (
    credential: VerifiedCredential,
    place: Place,
    request: GuardRequest,
  ): Outcome | Promise<Outcome> => {
    const { resourceMetadata } = place;
    if (credential.kind === "access-token") challenges.observe(credential);
    const misplaced = placeRefusal(credential, place, challenges.mayHelp);
    if (misplaced !== undefined) return refuse(misplaced, request, resourceMetadata, credential);
    const load = measureLoad(request.body);
    return rateLimit === undefined
      ? judge(credential, place, request, load)
      : rateLimit(credential, load.uses).then((limited) =>
          limited === undefined
            ? judge(credential, place, request, load)
            : refuse(limited, request, resourceMetadata, credential),
        );
  };

  /** Holds what an authenticated caller asks for against the access map. */
  const judge = (
    credential: VerifiedCredential,
    place: Place,
    request: GuardRequest,
    { excess }: Load,
  ): Outcome | Promise<Outcome> => {
    const { method, body, isGone } = request;
    if (request.isBodyUnreadable === true) {
      return refuse(
        { reason: "body_unreadable", body: "broken" },
        request,
        place.resourceMetadata,
        credential,
      );
    }
    if (excess !== undefined) {
      const caller = budgetKey(credential);
      return refuse({ reason: excess, caller }, request, place.resourceMetadata, credential);
    }
    if (access === undefined || (body === undefined && BODILESS.has(method))) {
      const messages = observed === undefined ? undefined : readMessages(body);
      if (messages?.some(isUnnamed) === true) {
        return refuse({ reason: "target_unnamed" }, request, place.resourceMetadata, credential);
      }
      return {
        kind: "authenticated",
        credential,
        ...reached(place),
        ...(messages === undefined
          ? {}
          : { admitted: admittedBy(credential, { messages, uses: [] }, request) }),
      };
    }
    const judgement = access.control(credential, body, place.urlOf, isGone);
    return judgement instanceof Promise
      ? judgement.then((late) => conclude(late, credential, place, request))
      : conclude(judgement, credential, place, request);
  };

  const guard = (request: GuardRequest): Outcome | Promise<Outcome> => {
    const { method, path, requestedHeaders } = request;
    const document = documents({ method, path, requestedHeaders });
    if (document instanceof Promise) return document.then(answered);
    if (document !== undefined) return answered(document);
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
        const verification = verify(authorization.token);
        return verification instanceof Promise
          ? verification.then((late) => admit(late, place, request))
          : admit(verification, place, request);
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

function answered(answer: Answer): Answered {
  return { kind: "answered", answer };
}
