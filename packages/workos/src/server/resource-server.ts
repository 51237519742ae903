import type { AccessPolicy } from "../access/access-map.js";
import { createStepUpMemory } from "../access/step-up.js";
import { createMetadataSource } from "../authkit/metadata.js";
import { createApiClients } from "./api-clients.js";
import type { Settings } from "./configuration.js";
import { createHealth, type Health } from "./health.js";
import { createReports, type Reports } from "./reports.js";
import { andThen } from "../standards/and-then.js";
import type { Runtime } from "./runtime.js";
import { wireGuard } from "./wire-guard.js";
import { wireTokens } from "./wire-tokens.js";
import { createDocuments } from "../guard/documents.js";
import type { Guard } from "../guard/guard.js";
import { resourceMetadata } from "../guard/resource-metadata.js";
import type { Provider } from "../session/store.js";
import { isThisServer } from "../token/audience.js";
import {
  createEnvironmentAudienceGate,
  type AudienceInForce,
} from "../credential/environment-audience.js";
import type { VerifiedCredential } from "../credential/verify-credential.js";
import {
  createRevocationWatch,
  type RevocationWatch,
  type RevocationWatchOptions,
} from "../revocation/revocation-watch.js";
import { isStillSigned } from "../token/token-verifier.js";
import type { VerifiedToken } from "../token/verify.js";
import { joinStored, shield, type Connected } from "../observers/hooks.js";
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
  /** Waits until what was recorded of a request is stored; left out when nothing is stored out of process. */
  readonly stored?: Connected["stored"];
}

/** Wires the floors into one resource server. Opens no socket and sends no request yet. */
export function createResourceServer(settings: Settings, runtime: Runtime): ResourceServer {
  const { resource, issuers, audience, callers } = settings;
  const { access: policy, organizationInPath, clockToleranceSeconds } = settings;
  const { fetch, now, elapsed, digest, trail } = runtime;
  const [issuer] = issuers;
  const reports = createReports(issuer, trail);

  const { keySets, verifyToken } = wireTokens(settings, runtime);
  const authorizationServer = createMetadataSource(issuer, {
    fetch,
    now: elapsed,
    report: reports.metadata,
  });
  const documents = createDocuments(
    resourceMetadata(settings),
    authorizationServer,
    organizationInPath,
  );
  const { ownKey, access, checks, client, impatient, checker, auditor, reader } = createApiClients(
    settings,
    runtime,
  );
  const apiKeys = createApiKeyValidator(impatient, {
    digest,
    now: elapsed,
    report: reports.api("API keys"),
  });
  const sources = {
    memberships: createMembershipDirectory(impatient, elapsed, reports.api("memberships")),
    featureFlags: createFeatureFlags(impatient, elapsed),
  };
  const environmentGate = createEnvironmentAudienceGate({
    environment: audience.environment,
    isRegistered: createIsRegistered({
      client: impatient,
      isThisServer: (uri) => isThisServer(uri, audience),
      now: elapsed,
      report: reports.indicators,
    }),
    resource,
    trail,
  });

  const satisfies: AccessPolicy["satisfies"] =
    policy?.satisfies ?? ((granted, required) => granted.includes(required));
  const challenges = createStepUpMemory(now, satisfies, clockToleranceSeconds);

  const watch = wireRevocation(settings, runtime, {
    client: impatient,
    eventsClient: reader,
    memberships: sources.memberships,
    apiKeys,
    reports,
  });
  /** Why a verified token, cached or not, does not count now. */
  const refusalOf = (token: VerifiedToken): ReturnType<RevocationWatch["refusalOf"]> =>
    andThen(environmentGate.refusalOf(token), (one) => one ?? watch?.refusalOf(token));

  const connected = runtime
    .connect({
      sendAuditLogEvent: (entry) => sendAuditLogEvent(auditor, entry),
      trail,
      recordArguments: settings.recordArguments,
      now,
      schedule: runtime.schedule,
    })
    .map(shield);
  return {
    guard: wireGuard(settings, runtime, {
      sources,
      workos: checker,
      verifyToken,
      validateApiKey: apiKeys.validate,
      refusalOf,
      challenges,
      documents,
      watch,
      client,
      reports,
    }),
    provider: {
      environment: `${settings.clientId} ${settings.apiUrl.origin}`,
      client,
      accessClient: checker,
      users: createUserDirectory(client, elapsed),
      ...sources,
      callers,
      satisfies,
      reportCheck: reports.checkFailed,
    },
    health: createHealth({
      keySets,
      audience: environmentGate.inForce,
      access,
      checks,
      ownKey,
      watch,
      failClosedAfterMs: settings.revocation?.failClosedAfterMs,
      connected,
      memberships: sources.memberships,
      now,
    }),
    audience: environmentGate.inForce,
    start: () => watch?.start(),
    close: async (within) => {
      watch?.close();
      ownKey.close();
      sources.featureFlags.close();
      await Promise.all(connected.map((one) => one.close(within)));
    },
    delivers: connected.length > 0,
    stored: joinStored(connected),
    isOver: async (credential) =>
      // A key that is good after all is asked about when its client opens the stream anew.
      credential.kind === "api-key"
        ? apiKeys.isForgotten(credential.key)
        : !(await isStillSigned(credential)) || (await refusalOf(credential)) !== undefined,
  };
}

/** Makes the watch over what was revoked; undefined when revocation is not configured. */
function wireRevocation(
  { revocation }: Settings,
  { now, elapsed, schedule }: Runtime,
  {
    reports,
    ...sources
  }: Pick<RevocationWatchOptions, "client" | "eventsClient" | "memberships" | "apiKeys"> & {
    readonly reports: Reports;
  },
): RevocationWatch | undefined {
  if (revocation === undefined) return undefined;
  return createRevocationWatch({
    ...sources,
    settings: revocation,
    now,
    elapsed,
    schedule,
    reportUnreadable: reports.eventUnreadable,
    reportLongLived: reports.tokenLivesLong,
    report: (about, state, detail) => {
      reports.api(about)(state, detail);
    },
  });
}
