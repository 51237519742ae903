import { createAccessControl, type AccessControlOptions } from "../access/access-control.js";
import type { StepUpMemory } from "../access/step-up.js";
import {
  createCredentialVerifier,
  type CredentialVerifierOptions,
} from "../credential/verify-credential.js";
import { createLocate } from "../guard/addressed-resource.js";
import type { Documents } from "../guard/documents.js";
import { createGuard, type Guard } from "../guard/guard.js";
import { createRateLimit } from "../guard/rate-limit.js";
import { createWebhookIntake, type WebhookIntake } from "../guard/webhook.js";
import type { RevocationWatch } from "../revocation/revocation-watch.js";
import type { WorkOS } from "../workos/client.js";
import type { Settings } from "./configuration.js";
import type { Reports } from "./reports.js";
import type { Runtime } from "./runtime.js";

/** What the guard asks of the floors below. */
export interface GuardParts
  extends
    Pick<AccessControlOptions, "sources" | "workos">,
    Omit<CredentialVerifierOptions, "callers"> {
  readonly challenges: StepUpMemory;
  readonly documents: Documents;
  readonly watch: RevocationWatch | undefined;
  readonly client: () => WorkOS;
  readonly reports: Reports;
}

export function wireGuard(settings: Settings, runtime: Runtime, parts: GuardParts): Guard {
  const { access: policy, audience, callers, rateLimiter, recordArguments } = settings;
  const { challenges, documents, reports, sources, workos, ...credentials } = parts;
  const { trail, now, newId, schedule, isObserved } = runtime;
  const webhook = wireWebhook(settings, runtime, parts);
  return createGuard({
    ...settings,
    locate: createLocate({ ...settings, resources: audience.resources }),
    challenges,
    documents,
    verify: createCredentialVerifier({ ...credentials, callers }),
    trail,
    now,
    newId,
    ...(isObserved ? { observed: recordArguments } : {}),
    ...(webhook === undefined ? {} : { webhook }),
    ...(rateLimiter === undefined
      ? {}
      : { rateLimit: createRateLimit(rateLimiter, trail, schedule) }),
    access: policy && {
      control: createAccessControl({
        policy,
        sources,
        workos,
        mayHelp: challenges.shouldChallenge,
        reportCheck: reports.checkFailed,
        callers,
      }),
      stepUp: policy.stepUp,
    },
  });
}

function wireWebhook(
  { revocation }: Settings,
  { trail, now }: Runtime,
  { client, watch }: Pick<GuardParts, "client" | "watch">,
): WebhookIntake | undefined {
  const webhook = revocation?.webhook;
  if (webhook === undefined || watch === undefined) return undefined;
  const { path, secret } = webhook;
  return createWebhookIntake({
    path,
    // The intake judges the age, by the server's own clock.
    verify: (payload, sigHeader) =>
      client().webhooks.verifyHeader({
        payload,
        sigHeader,
        secret,
        tolerance: Number.MAX_SAFE_INTEGER,
      }),
    onEvent: watch.onEvent,
    trail,
    now,
  });
}
