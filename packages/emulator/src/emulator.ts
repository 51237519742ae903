import { createClientDirectory } from "./clients/client-directory.js";
import { createDashboardClients } from "./clients/dashboard-clients.js";
import { createFetchTransport, createGuardedTransport } from "./clients/document-transport.js";
import { createMetadataDocuments } from "./clients/metadata-documents.js";
import { createRegisteredClients } from "./clients/registered-clients.js";
import { EmulatorError } from "./emulator-error.js";
import { readOptions, type EmulatorOptions, type EmulatorSettings } from "./emulator-options.js";
import type { AuditLogEvent } from "./environment/audit-log-event.js";
import { createEnvironment, type Environment } from "./environment/environment.js";
import { createAnnouncements } from "./events/announcements.js";
import { createEventLog, type LoggedEvent } from "./events/event-log.js";
import { createWebhooks } from "./events/webhooks.js";
import { answerWithFault } from "./faults/fault.js";
import { createFaultSwitch, type FaultSwitch } from "./faults/fault-switch.js";
import { createSigningKeys } from "./keys/signing-keys.js";
import { createAuthorizationCodes } from "./oauth/authorization-codes.js";
import type { AuthorizationServer } from "./oauth/authorization-server.js";
import { createConsents } from "./oauth/consents.js";
import { createGrantFamilies } from "./oauth/grant-families.js";
import { issueApplicationToken } from "./oauth/token-response.js";
import { createRoutes } from "./routes.js";
import type { Seed } from "./seed/seed.js";
import { listenOn, type Listener } from "./server/listener.js";
import { createRequestLog, type ServedRequest } from "./server/request-log.js";
import { mintAccessToken, type MintAccessTokenInput } from "./tokens/minted-token.js";

const defaultIssuer = "http://127.0.0.1:4100";

/** A local AuthKit: an authorization server and the parts of the WorkOS REST API that go with it. */
export interface Emulator {
  /** What tokens and metadata carry, character by character; without a trailing slash. */
  readonly issuer: string;
  /** Where the emulator is reached; the REST API is at the same origin. */
  readonly url: string;
  /** The environment client ID. */
  readonly clientId: string;
  readonly apiKey: string;
  readonly seed: Readonly<Seed>;
  /** The whole emulator as a function; rejects only under the fault `down`, or when a `hang` ends. */
  fetch(request: Request): Promise<Response>;
  /** Listens, on the port it had before or any free one when none is given; without `issuer` it becomes the issuer. */
  listen(port?: number): Promise<void>;
  close(): Promise<void>;
  /** Mints an access token as AuthKit would, for tests; every claim and header member can be replaced or removed. */
  mintAccessToken(input?: MintAccessTokenInput): Promise<string>;
  /** Mints the token that a machine-to-machine application of the seed would get; takes its client ID. */
  mintApplicationToken(applicationId: string): Promise<string>;
  /** Signs with a new key from now on; the old ones stay published unless `keepOld` is false. */
  rotateKeys(options?: { readonly keepOld?: boolean }): Promise<{ kid: string }>;
  readonly faults: FaultSwitch;
  /** The latest 10,000 requests, so that a test can count them. */
  readonly requests: readonly ServedRequest[];
  resetRequests(): void;
  /** What changed since the start, oldest first: what the Events API and the webhooks tell. */
  readonly events: readonly LoggedEvent[];
  /** The audit log events that were accepted, oldest first. */
  readonly auditLogEvents: readonly AuditLogEvent[];
}

/**
 * Creates an emulator, and starts it when `port` is given.
 *
 * Checks the seed and the options. Rejects with EmulatorError, with SeedError, or with Node's error when the port is
 * taken.
 */
export async function createEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const settings = readOptions(options);
  const { host, log, now, seed } = settings;
  let listener: Listener | undefined;
  let origin: string | undefined;
  let stopped = new AbortController();

  const issuer = (): string => settings.issuer ?? origin ?? defaultIssuer;
  const server = createAuthorizationServer(settings, issuer, options.fetch);
  const { environment, keys } = server;
  const routes = createRoutes(server, log);
  const webhooks = createWebhooks(settings.webhooks);
  environment.events.subscribe(webhooks.deliver);
  const faults = createFaultSwitch(now);
  const requests = createRequestLog();

  async function serve(request: Request): Promise<Response> {
    const { method } = request;
    const path = new URL(request.url).pathname;
    const answer = async (): Promise<Response> => routes.fetch(request);
    const fault = faults.faultFor(path);
    const shownPath = withoutSecrets(path);
    const record = (status: number): void => {
      requests.add({ method, path: shownPath, status });
      log(`${method} ${shownPath} ${status}`);
    };
    try {
      const response =
        fault === undefined
          ? await answer()
          : await answerWithFault(fault, request, answer, stopped.signal);
      record(response.status);
      return response;
    } catch (error) {
      record(0);
      throw error;
    }
  }

  const emulator: Emulator = {
    get issuer() {
      return issuer();
    },
    get url() {
      return origin ?? issuer();
    },
    clientId: seed.clientId,
    apiKey: seed.apiKey,
    seed,
    fetch: serve,
    async listen(port = portOf(origin)) {
      if (listener !== undefined)
        throw new EmulatorError("invalid_option", "The emulator listens already.");
      stopped = new AbortController();
      webhooks.open();
      listener = await listenOn({
        host,
        port,
        fetch: serve,
        allowedHost: () => new URL(issuer()).host,
      });
      origin = `http://${nameOf(host)}:${listener.port}`;
    },
    async close() {
      const closing = listener;
      listener = undefined;
      stopped.abort();
      webhooks.close();
      await closing?.close();
    },
    mintAccessToken: (input = {}) =>
      mintAccessToken(
        {
          environment,
          keys,
          now,
          issuer: issuer(),
          accessTokenLifetime: settings.accessTokenLifetime,
          hasResourceIndicators: settings.features.resourceIndicators,
        },
        input,
      ),
    async mintApplicationToken(applicationId) {
      const application = seed.applications.find(({ clientId }) => clientId === applicationId);
      if (application?.kind !== "m2m") {
        throw new EmulatorError(
          "unknown_application",
          "The seed has no machine-to-machine application with this client ID.",
        );
      }
      return (
        await issueApplicationToken(server, { ...application, scopes: application.scopes ?? [] })
      ).access_token;
    },
    rotateKeys: ({ keepOld = true } = {}) => keys.rotate(keepOld),
    faults: {
      set: (target, fault) => faults.set(target, fault),
      clear: () => faults.clear(),
    },
    requests: requests.entries,
    resetRequests: () => requests.clear(),
    events: environment.events.all(),
    auditLogEvents: environment.auditLogEvents,
  };
  if (options.port !== undefined) await emulator.listen(options.port);
  return emulator;
}

function createAuthorizationServer(
  settings: EmulatorSettings,
  issuer: () => string,
  fetchDocument: typeof fetch | undefined,
): AuthorizationServer {
  const { accessTokenLifetime, features, now, refreshTokenLifetime, seed } = settings;
  const transport =
    fetchDocument === undefined ? createGuardedTransport() : createFetchTransport(fetchDocument);
  const registeredClients = createRegisteredClients();
  const events = createEventLog(now);
  const environment: Environment = createEnvironment(seed, now, {
    events,
    announce: createAnnouncements(events, () => environment),
  });
  return {
    issuer,
    now,
    features,
    accessTokenLifetime,
    environment,
    keys: createSigningKeys(now),
    clients: createClientDirectory({
      dashboard: createDashboardClients(seed.applications),
      registered: registeredClients,
      documents: createMetadataDocuments(transport, now, {
        allowLoopback: settings.allowLoopbackMetadata,
      }),
      features,
    }),
    registeredClients,
    codes: createAuthorizationCodes(now),
    families: createGrantFamilies({ now, refreshTokenLifetime }),
    consents: createConsents(environment.consents, now),
  };
}

// The address of an interaction is one of the three things that let a browser finish a sign-in.
function withoutSecrets(path: string): string {
  return path.startsWith("/oauth2/interaction/") ? "/oauth2/interaction/:id" : path;
}

function portOf(origin: string | undefined): number {
  return origin === undefined ? 0 : Number(new URL(origin).port);
}

// An address that stands for every interface is not one to connect to.
function nameOf(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host.replace(/^\[|\]$/gu, "")}]` : host;
}
