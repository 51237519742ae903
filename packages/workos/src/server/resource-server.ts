import { createAccessControl } from "../access/access-control.js";
import { printable } from "../access/explain.js";
import type { AccessPolicy } from "../access/access-map.js";
import { createStepUpMemory } from "../access/step-up.js";
import { createMetadataSource } from "../authkit/metadata.js";
import { createApiClients } from "./api-clients.js";
import type { Settings } from "./configuration.js";
import type { Health } from "./health.js";
import type { Runtime } from "./runtime.js";
import { createDocuments } from "../guard/documents.js";
import { createGuard, type Guard } from "../guard/guard.js";
import { createLocate } from "../guard/addressed-resource.js";
import { createRateLimit } from "../guard/rate-limit.js";
import { createWebhookIntake } from "../guard/webhook.js";
import type { Provider } from "../session/store.js";
import type { ProtectedResourceMetadata } from "../standards/protected-resource.js";
import { isThisServer } from "../token/audience.js";
import {
  createEnvironmentAudienceGate,
  type AudienceInForce,
} from "../credential/environment-audience.js";
import { createClockWatch } from "../token/clock-watch.js";
import { createKeySet } from "../token/key-set.js";
import {
  createCredentialVerifier,
  type VerifiedCredential,
} from "../credential/verify-credential.js";
import { createRevocationWatch, type RevocationWatch } from "../revocation/revocation-watch.js";
import { createTokenVerifier, isStillSigned } from "../token/token-verifier.js";
import type { VerifiedToken } from "../token/verify.js";
import { shield, type Connected } from "../observers/hooks.js";
import { createApiKeyValidator } from "../workos/api-keys.js";
import { sendAuditLogEvent } from "../workos/audit-logs.js";
import { createFeatureFlags } from "../workos/feature-flags.js";
import { createMembershipDirectory } from "../workos/memberships.js";
import { createIsRegistered } from "../workos/resource-indicators.js";
import { createUserDirectory } from "../workos/users.js";

/** A resource server without a door: adapters translate their framework's requests for it. */
export interface ResourceServer {
  readonly guard: Guard;
  readonly provider: Provider;
  readonly health: () => Promise<Health>;
  /** What users' tokens must name now. */
  readonly audience: () => AudienceInForce;
  /** Begins what runs in the background. */
  readonly start: () => void;
  /** Ends what runs in the background, and delivers what waits for so many milliseconds at most. */
  readonly close: (within: number) => Promise<void>;
  /** Whether a credential that was good counts no more, so that what it opened must end; never rejects. */
  readonly isOver: (credential: VerifiedCredential) => Promise<boolean>;
  /** Whether something must be delivered before the process ends. */
  readonly delivers: boolean;
}

/** Wires the floors into one resource server. Opens no socket and asks nobody anything yet. */
export function createResourceServer(settings: Settings, runtime: Runtime): ResourceServer {
  const { resource, issuers, audience, callers, publicPaths, origins, endpoint } = settings;
  const { access: policy, organizationInPath, clockToleranceSeconds } = settings;
  const { fetch, now, elapsed, digest, trail } = runtime;
  const [issuer] = issuers;

  const clocks = createClockWatch({ fetch, now, toleranceSeconds: clockToleranceSeconds, trail });
  const keySets = new Map(
    issuers.map((one) => [
      one,
      createKeySet(one, { fetch: clocks.fetch, now: elapsed, schedule: runtime.schedule, trail }),
    ]),
  );
  const verifyToken = createTokenVerifier({
    audience,
    callers,
    issuers: keySets,
    claimsSchema: settings.claimsSchema,
    digest,
    now,
    clockToleranceSeconds,
    onClaimFault: clocks.onClaimFault,
  });
  const authorizationServer = createMetadataSource(issuer, {
    fetch,
    now: elapsed,
    report: (state, detail) => {
      trail({ kind: "issuer", issuer, document: "metadata", state, detail });
    },
  });
  const documents = createDocuments(metadataOf(settings), authorizationServer, organizationInPath);
  const { ownKey, access, checks, client, impatient, checker, auditor, reader } = createApiClients(
    settings,
    runtime,
  );
  const apiKeys = createApiKeyValidator(impatient, {
    digest,
    now: elapsed,
    report: (state, detail) => {
      trail({ kind: "api", about: "API keys", state, detail });
    },
  });
  const sources = {
    memberships: createMembershipDirectory(impatient, elapsed, (state, detail) => {
      trail({ kind: "api", about: "memberships", state, detail });
    }),
    featureFlags: createFeatureFlags(impatient, elapsed),
  };
  const reportCheck = (rule: string, error: unknown): void => {
    const detail = error instanceof Error ? error.message : typeof error;
    trail({
      kind: "advice",
      code: "check_failed",
      detail: `the check of ${rule} failed, so the call was denied: ${detail}`,
    });
  };

  const environmentGate = createEnvironmentAudienceGate({
    environment: audience.environment,
    isRegistered: createIsRegistered({
      client: impatient,
      isThisServer: (uri) => isThisServer(uri, audience),
      now: elapsed,
      report: (state, problem = "gives no answer") => {
        const detail =
          state === "recovered"
            ? "resource indicators can be asked for again"
            : `whether this resource is a registered indicator cannot be asked: the WorkOS API ${problem}. Until it was asked once, users' tokens for the whole environment are accepted`;
        trail({ kind: "api", about: "resource indicators", state, detail });
      },
    }),
    resource,
    trail,
  });

  const satisfies: AccessPolicy["satisfies"] =
    policy?.satisfies ?? ((granted, required) => granted.includes(required));
  const challenges = createStepUpMemory(now, satisfies, clockToleranceSeconds);

  const watch =
    settings.revocation === undefined
      ? undefined
      : createRevocationWatch({
          settings: settings.revocation,
          client: impatient,
          eventsClient: reader,
          now,
          elapsed,
          schedule: runtime.schedule,
          memberships: sources.memberships,
          apiKeys,
          reportUnreadable: (type) => {
            trail({
              kind: "advice",
              code: "event_unreadable",
              detail: `${printable(type)} of the Events API or a webhook does not say whom it is about; is there a newer version of this package?`,
            });
          },
          reportLongLived: (lifetime) => {
            trail({
              kind: "advice",
              code: "token_lifetime_exceeded",
              detail: `an access token lives ${Math.ceil(lifetime)} seconds, longer than revocation.maxTokenLifetimeSeconds says. A removed user does not get in with it, but after a start such tokens are refused until they are refreshed. Set maxTokenLifetimeSeconds to how long your tokens live`,
            });
          },
          report: (about, state, detail) => {
            trail({ kind: "api", about, state, detail });
          },
        });
  const webhook = settings.revocation?.webhook;
  /** Why a verified token, cached or not, does not count now. */
  const refusalOf = (token: VerifiedToken): ReturnType<RevocationWatch["refusalOf"]> => {
    const refusal = environmentGate.refusalOf(token);
    if (!(refusal instanceof Promise)) return refusal ?? watch?.refusalOf(token);
    return refusal.then((one) => one ?? watch?.refusalOf(token));
  };

  const health = async (): Promise<Health> => {
    const keys = await Promise.all(
      [...keySets].map(async ([one, keySet]) => ({
        issuer: one,
        ageSeconds: seconds(await keySet.age()),
      })),
    );
    const staleness = watch?.staleness();
    const isKnown = (staleness ?? 0) <= (settings.revocation?.failClosedAfterMs ?? Infinity);
    return {
      // The first issuer is where people sign in; the others are being left.
      isReady: keys[0]?.ageSeconds !== undefined && isKnown && !ownKey.isRefused(),
      audience: environmentGate.inForce(),
      keys,
      api: {
        isReachable: access.isReachable() && checks.isReachable() && !ownKey.isRefused(),
      },
      ...(watch === undefined || staleness === undefined
        ? {}
        : {
            revocation: {
              stalenessSeconds: staleness / 1000,
              subjects: watch.size(),
              isReachable: watch.isReachable(),
            },
          }),
      ...(connected.length === 0 ? {} : { outbox: outboxOf(connected, now()) }),
    };
  };

  const connected = runtime
    .connect({
      sendAuditLogEvent: (letter) => sendAuditLogEvent(auditor, letter),
      trail,
      recordArguments: settings.recordArguments,
      now,
      schedule: runtime.schedule,
    })
    .map(shield);
  return {
    guard: createGuard({
      resource,
      locate: createLocate({ ...settings, endpoint, resources: audience.resources }),
      challenges,
      ...(policy === undefined
        ? {}
        : {
            access: {
              control: createAccessControl({
                policy,
                sources,
                workos: checker,
                mayHelp: challenges.mayHelp,
                reportCheck,
                callers,
              }),
              stepUp: policy.stepUp,
            },
          }),
      publicPaths,
      origins,
      documents,
      ...(webhook === undefined || watch === undefined
        ? {}
        : {
            webhook: createWebhookIntake({
              path: webhook.path,
              verify: (payload, sigHeader) =>
                client().webhooks.verifyHeader({
                  payload,
                  sigHeader,
                  secret: webhook.secret,
                  // The intake judges the age, by the server's own clock.
                  tolerance: Number.MAX_SAFE_INTEGER,
                }),
              onEvent: watch.onEvent,
              trail,
              now,
            }),
          }),
      verify: createCredentialVerifier({
        callers,
        verifyToken,
        validateApiKey: apiKeys.validate,
        refusalOf,
      }),
      trail,
      now,
      newId: runtime.newId,
      ...(settings.rateLimiter === undefined
        ? {}
        : { rateLimit: createRateLimit(settings.rateLimiter, trail, runtime.schedule) }),
      ...(runtime.isObserved ? { observed: settings.recordArguments } : {}),
    }),
    provider: {
      environment: `${settings.clientId} ${settings.apiUrl.origin}`,
      client,
      accessClient: checker,
      users: createUserDirectory(client, elapsed),
      ...sources,
      callers,
      satisfies,
      reportCheck,
    },
    health,
    audience: environmentGate.inForce,
    start: () => watch?.start(),
    close: async (within) => {
      watch?.close();
      ownKey.close();
      sources.featureFlags.close();
      await Promise.all(connected.map((one) => one.close(within)));
    },
    delivers: connected.length > 0,
    isOver: async (credential) =>
      // A key that is good after all is asked about when its client opens the stream anew.
      credential.kind === "api-key"
        ? apiKeys.isForgotten(credential.key)
        : !(await isStillSigned(credential)) || (await refusalOf(credential)) !== undefined,
  };
}

function outboxOf(connected: readonly Connected[], now: number): NonNullable<Health["outbox"]> {
  const counts = connected.map(({ health }) => health());
  const since = Math.min(now, ...counts.map(({ oldest = now }) => oldest));
  const sumOf = (what: "waiting" | "failed" | "lost"): number =>
    counts.reduce((sum, count) => sum + count[what], 0);
  const waiting = sumOf("waiting");
  return {
    waiting,
    failed: sumOf("failed"),
    lost: sumOf("lost"),
    oldestSeconds: waiting === 0 ? 0 : (now - since) / 1000,
  };
}

function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}

function metadataOf({
  resource,
  issuers,
  docsUrl,
  resourceName,
  scopesSupported,
}: Settings): ProtectedResourceMetadata {
  return Object.freeze({
    resource,
    authorization_servers: [issuers[0]] as const,
    bearer_methods_supported: ["header"] as const,
    ...(scopesSupported.length === 0 ? {} : { scopes_supported: scopesSupported }),
    ...(resourceName === undefined ? {} : { resource_name: resourceName }),
    ...(docsUrl === undefined ? {} : { resource_documentation: docsUrl }),
  });
}
