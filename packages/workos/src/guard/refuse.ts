import type { VerifiedCredential } from "../credential/verify-credential.js";
import type { Trail } from "../trail/event.js";
import { answered, type Answered, type GuardRequest } from "./outcome.js";
import { refusalAnswer } from "./refusal-answer.js";
import { refusalForm, type Refusal } from "./refusal.js";
import { describeOrigin, describeCaller } from "./usage-events.js";

/**
 * Refuses a request, and reports why.
 *
 * @param credential of the caller, where it was good in itself.
 */
export type Refuse = (
  refusal: Refusal,
  request: GuardRequest,
  resourceMetadata: string,
  credential?: VerifiedCredential,
) => Answered;

/** What {@link createRefuse} needs. */
export interface RefuseOptions {
  /** What the operator's log calls this server. */
  readonly resource: string;
  readonly trail: Trail;
  readonly now: () => number;
}

export function createRefuse({ resource, trail, now }: RefuseOptions): Refuse {
  return (refusal, request, resourceMetadata, credential) => {
    const form = refusalForm(refusal, resource);
    const { status, detail } = form;
    const { method, receivedAt } = request;
    trail({
      kind: "refused",
      reason: refusal.reason,
      status,
      method,
      ...(credential === undefined ? {} : describeCaller(credential)),
      ...describeOrigin(request),
      detail,
      durationMs: now() - receivedAt,
    });
    return answered(refusalAnswer(refusal, form, resourceMetadata, credential));
  };
}
