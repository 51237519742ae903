import { createClock } from "./clock.js";
import { readArgument } from "./control/arguments.js";
import { forgeToken, type ForgedTokenInput } from "./control/forged-token.js";
import { findApplication } from "./control/lookup.js";
import { signIn, type SignedIn, type SignInInput } from "./control/sign-in-flow.js";
import { toMilliseconds, type TimeSpan } from "./control/time.js";
import { issueToken, type TokenInput } from "./control/token.js";
import type { AuditLogEvent } from "./environment/audit-log-event.js";
import { createEventLog, type LoggedEvent } from "./events/event-log.js";
import { createWebhooks } from "./events/webhooks.js";
import { answerWithFault, EmulatorDownError, type Fault } from "./faults/fault.js";
import { createFaultSwitch } from "./faults/fault-switch.js";
import { targetsOf, type FaultTarget } from "./faults/fault-target.js";
import { readFault, readTarget } from "./faults/read-fault.js";
import { createSigningKeys } from "./keys/signing-keys.js";
import { issueApplicationToken } from "./oauth/token-response.js";
import type {
  EmulatorOptions,
  EmulatorSettings,
  ListenSettings,
  StartOptions,
} from "./options/emulator-options.js";
import { readOptions, readStartOptions } from "./options/read-options.js";
import type { Seed } from "./seed/seed.js";
import { createInProcessFetch } from "./server/in-process-fetch.js";
import { listenOn, type Listener } from "./server/listener.js";
import { createRequestLog, type ServedRequest } from "./server/request-log.js";
import { createState } from "./state.js";

const DEFAULT_ISSUER = "http://127.0.0.1:4100";

/** The environment variables that point an MCP server at the emulator. */
export type ServerEnvironment = Readonly<
  Record<
    "WORKOS_API_KEY" | "WORKOS_CLIENT_ID" | "WORKOS_AUTHKIT_DOMAIN" | "WORKOS_API_URL" | "BASE_URL",
    string
  >
>;

/** A local AuthKit: an authorization server and the parts of the WorkOS REST API that go with it. */
export interface Emulator extends AsyncDisposable {
  /** What tokens and metadata carry, character by character; without a trailing slash. */
  readonly issuer: string;
  /** Where the emulator is reached; the REST API is at the same origin. */
  readonly url: string;
  /** The environment client ID. */
  readonly clientId: string;
  readonly apiKey: string;
  readonly seed: Readonly<Seed>;
  /** For a server that reads its environment. */
  readonly env: ServerEnvironment;
  /** For `workosProvider(config, emulator.overrides)`: its requests need no port, and both have one clock. */
  readonly overrides: {
    readonly env: ServerEnvironment;
    readonly fetch: typeof fetch;
    readonly now: () => number;
  };
  /** Reaches this emulator without a port, and no other server; rejects as `fetch` does, follows no redirect. */
  readonly fetch: typeof fetch;
  /** Issues the access token that AuthKit would after a sign-in, without one. */
  token(input?: TokenInput): Promise<string>;
  /** Issues the token of a machine-to-machine application, by its name or client ID. */
  machineToken(application: string): Promise<string>;
  /** Signs a token that AuthKit would never write. */
  forgeToken(input?: ForgedTokenInput): Promise<string>;
  /** Runs the authorization code flow through the emulator's own endpoints and pages. */
  signIn(input: SignInInput): Promise<SignedIn>;
  /** Breaks a part until what is returned is disposed; `down` when no fault is named. */
  fail(target: FaultTarget, fault?: Fault): Disposable;
  /** Ends the faults of a part and of what belongs to it; all of them when left out. */
  recover(target?: FaultTarget): void;
  /** Moves the clock forward: tokens, codes, consents and time limits follow. */
  advance(time: TimeSpan): void;
  /**
   * Goes back to the seed: users, memberships and all that the API changed, registered clients, grants, sign-ins, faults,
   * requests, events, audit log events. Signing keys and clock stay, since a running server has cached the one and
   * must not see the other go back.
   */
  reset(): void;
  /** Signs with a new key from now on; the old ones stay published unless `keepOld` is false. */
  rotateKeys(options?: { readonly keepOld?: boolean }): Promise<{ kid: string }>;
  /** Lists the latest 10,000 requests, or those of them that a part served. */
  requests(target?: FaultTarget): readonly ServedRequest[];
  /** Empties the list of requests. */
  clearRequests(): void;
  /** What changed since the start, oldest first, as the Events API and the webhooks have it. */
  readonly events: readonly LoggedEvent[];
  /** The audit log events that were accepted, oldest first. */
  readonly auditLogEvents: readonly AuditLogEvent[];
  /** Ends the server and what waits for it. Idempotent; later calls return the same promise. */
  close(): Promise<void>;
}

/**
 * Creates an emulator inside this process: no port, every request through `fetch` or `overrides`.
 *
 * @throws {EmulatorError} `invalid_options` with every problem at once, `production` with NODE_ENV=production.
 */
export function createEmulator(options: EmulatorOptions = {}): Emulator {
  return build(readOptions(options)).emulator;
}

/**
 * Starts an emulator that listens, on any free port unless one is named; without `issuer` that address is the issuer.
 *
 * Rejects as {@link createEmulator} throws, and with Node's error when the port is taken.
 */
export async function startEmulator(options: StartOptions = {}): Promise<Emulator> {
  const settings = readStartOptions(options);
  const { emulator, listen } = build(settings);
  await listen(settings);
  return emulator;
}

function build(settings: EmulatorSettings): {
  readonly emulator: Emulator;
  readonly listen: (where: ListenSettings) => Promise<void>;
} {
  const { log, seed } = settings;
  const clock = createClock(settings.now);
  const { now } = clock;
  const keys = createSigningKeys(now);
  const events = createEventLog(now);
  const webhooks = createWebhooks(settings.webhooks);
  events.subscribe(webhooks.deliver);
  const faults = createFaultSwitch(now);
  const requests = createRequestLog();
  const stopped = new AbortController();
  let listener: Listener | undefined;
  let origin: string | undefined;
  let closing: Promise<void> | undefined;

  const issuer = (): string => settings.issuer ?? origin ?? DEFAULT_ISSUER;
  const begin = (): ReturnType<typeof createState> =>
    createState(settings, { issuer, now, keys, events });
  let state = begin();

  async function serve(request: Request): Promise<Response> {
    const { method } = request;
    const path = new URL(request.url).pathname;
    const shownPath = withoutSecrets(path);
    const record = (status: number): void => {
      requests.add({ method, path: shownPath, status });
      log(`${method} ${shownPath} ${status}`);
    };
    const answer = async (): Promise<Response> => state.routes.fetch(request);
    const fault = faults.meet(path);
    try {
      if (stopped.signal.aborted) throw new EmulatorDownError();
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

  const fetchHere = createInProcessFetch(serve, () => [issuer(), origin ?? issuer()]);
  const environmentVariables = (): ServerEnvironment => ({
    WORKOS_API_KEY: seed.apiKey,
    WORKOS_CLIENT_ID: seed.clientId,
    WORKOS_AUTHKIT_DOMAIN: issuer(),
    WORKOS_API_URL: origin ?? issuer(),
    BASE_URL: settings.baseUrl,
  });

  async function end(): Promise<void> {
    stopped.abort();
    webhooks.close();
    await listener?.close();
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
    get env() {
      return environmentVariables();
    },
    get overrides() {
      return { env: environmentVariables(), fetch: fetchHere, now };
    },
    fetch: fetchHere,
    token: async (input = {}) => issueToken(state.server, state.testClient, input),
    async machineToken(application) {
      const found = findApplication(state.server.environment, "m2m", application);
      const { access_token } = await issueApplicationToken(state.server, {
        ...found,
        scopes: found.scopes ?? [],
      });
      return access_token;
    },
    forgeToken: async (input = {}) => forgeToken(state.server, input),
    signIn: async (input) => signIn({ ...state, fetch: fetchHere }, input),
    fail: (target, fault = "down") => faults.fail(readTarget(target), readFault(fault)),
    recover: (target = "all") => faults.recover(readTarget(target)),
    advance: (time) => clock.advance(toMilliseconds(time)),
    reset() {
      faults.recover("all");
      requests.clear();
      events.clear();
      state = begin();
    },
    async rotateKeys(options = {}) {
      const keepOld = readArgument(options, "rotateKeys()", (reader) =>
        reader.optionalFlag("keepOld"),
      );
      return keys.rotate(keepOld ?? true);
    },
    requests(target = "all") {
      const whole = readTarget(target);
      return requests.entries.filter(({ path }) => targetsOf(path).includes(whole));
    },
    clearRequests: () => requests.clear(),
    get events() {
      return events.all();
    },
    get auditLogEvents() {
      return state.server.environment.auditLogEvents;
    },
    close: () => (closing ??= end()),
    [Symbol.asyncDispose]: () => (closing ??= end()),
  };

  async function listen({ host, port }: ListenSettings): Promise<void> {
    listener = await listenOn({
      host,
      port,
      fetch: serve,
      allowedHost: () => new URL(issuer()).host,
    });
    origin = `http://${nameOf(host)}:${listener.port}`;
  }
  return { emulator, listen };
}

// The address of an interaction is one of the three things that let a browser finish a sign-in.
function withoutSecrets(path: string): string {
  return path.startsWith("/oauth2/interaction/") ? "/oauth2/interaction/:id" : path;
}

// An address that stands for every interface is not one to connect to.
function nameOf(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host.replace(/^\[|\]$/gu, "")}]` : host;
}
