import { isUnnamed, type AccessControl, type Judgement } from "../access/access-control.js";
import { budgetKey, type Load } from "../access/budget.js";
import type { Shows } from "../access/filter-lists.js";
import { explain, denialReason } from "../access/explain.js";
import { readMessages, type Target } from "../access/messages.js";
import { whoIs } from "../access/rights.js";
import type { VerifiedCredential } from "../credential/verify-credential.js";
import { andThen } from "../standards/and-then.js";
import { BODILESS } from "../standards/bodiless.js";
import type { RecordedArguments, Trail } from "../trail/event.js";
import { reached, type Place } from "./addressed-resource.js";
import { denialAnswer } from "./denial.js";
import { answered, type GuardRequest, type Outcome } from "./outcome.js";
import type { UnreadableBody } from "./refusal.js";
import type { Refuse } from "./refuse.js";
import { describeAttempt, keptArguments, expandMessages, type Admitted } from "./usage-events.js";

/** Asks for every list there is. */
const LISTS = ["tools", "prompts", "resources", "resources/templates"].map((kind) => ({
  jsonrpc: "2.0",
  id: 0,
  method: `${kind}/list`,
}));

function showing({ shows }: Extract<Judgement, { kind: "admitted" }>): { readonly shows?: Shows } {
  return shows === undefined ? {} : { shows };
}

/** Evaluates what an authenticated caller asks for, by the access map where there is one, and reports it. */
export type Admit = (
  credential: VerifiedCredential,
  place: Place,
  request: GuardRequest,
  load: Load,
) => Outcome | Promise<Outcome>;

/** What {@link createAdmission} needs. */
export interface AdmissionOptions {
  /** Without one every authenticated caller may do everything. */
  readonly access?:
    | { readonly control: AccessControl; readonly stepUp: "http" | "tool-result" }
    | undefined;
  readonly refuse: Refuse;
  readonly trail: Trail;
  readonly now: () => number;
  /** A text that was never used before. */
  readonly newId: () => string;
  /** Reports what was let through too, and with it the arguments named here; nothing observes without. */
  readonly observed?: RecordedArguments | undefined;
}

export function createAdmission({
  access,
  refuse,
  trail,
  now,
  newId,
  observed,
}: AdmissionOptions): Admit {
  const observing = { newId, observed };

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
            : { admitted: describeAdmitted(credential, judgement, request, observing) }),
          ...showing(judgement),
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
        const parts = new Map(expandMessages(messages).map(({ target, part }) => [target, part]));
        for (const one of [refused, ...further]) {
          const { message, target, denial, rule } = one;
          if (one !== refused && !parts.has(target)) continue;
          const part = parts.get(target);
          trail({
            kind: "denied",
            ...describeAttempt(
              credential,
              message,
              { target, rule, callId: newId(), part },
              request,
            ),
            reason: denialReason(denial),
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

  return (credential, place, request, { excess }) => {
    const { method, body, isGone } = request;
    const refuseBody = (why: UnreadableBody): Outcome =>
      refuse({ reason: "body_unreadable", body: why }, request, place.resourceMetadata, credential);
    if (request.unreadBody !== undefined) return refuseBody(request.unreadBody);
    const pass = { kind: "authenticated", credential, ...reached(place) } as const;
    if (excess !== undefined) {
      const caller = budgetKey(credential);
      return refuse({ reason: excess, caller }, request, place.resourceMetadata, credential);
    }
    // A dispatcher may read what the map cannot be held against.
    if (access !== undefined && body === undefined && request.hasBody)
      return refuseBody("unparsed");
    const isBodiless = body === undefined && BODILESS.has(method);
    if (access !== undefined && isBodiless && request.isResumption === true) {
      // What is sent again may hold lists.
      const judgement = access.control(credential, LISTS, place.urlOf, isGone);
      return andThen(judgement, (known) =>
        known.kind === "admitted"
          ? { ...pass, ...showing(known) }
          : conclude(known, credential, place, request),
      );
    }
    if (access === undefined || isBodiless) {
      const messages = observed === undefined ? undefined : readMessages(body);
      if (messages?.some(isUnnamed) === true) {
        return refuse({ reason: "target_unnamed" }, request, place.resourceMetadata, credential);
      }
      return {
        ...pass,
        ...(messages === undefined
          ? {}
          : { admitted: describeAdmitted(credential, { messages, uses: [] }, request, observing) }),
      };
    }
    const judgement = access.control(credential, body, place.urlOf, isGone);
    return andThen(judgement, (known) => conclude(known, credential, place, request));
  };
}

/** Describes what was let through, for observers: one event for each thing that a message names, or for the message. */
function describeAdmitted(
  credential: VerifiedCredential,
  { messages, uses }: Pick<Extract<Judgement, { kind: "admitted" }>, "messages" | "uses">,
  request: GuardRequest,
  { newId, observed = new Map() }: Pick<AdmissionOptions, "newId" | "observed">,
): readonly Admitted[] {
  const rules = new Map<Target | undefined, string | undefined>(
    uses.map(({ target, rules: [rule] }) => [target, rule?.path]),
  );
  const admitted: Admitted[] = [];
  for (const { message, target, ...part } of expandMessages(messages)) {
    if (message.method === "") continue;
    const use = { target, rule: rules.get(target), callId: newId(), ...part };
    admitted.push({
      ...describeAttempt(credential, message, use, request),
      arguments: keptArguments(target, observed),
    });
  }
  return admitted;
}
