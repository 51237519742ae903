import { readArgument } from "./control/arguments.js";
import { forgeToken, type ForgedTokenInput } from "./control/forged-token.js";
import { issueMachineToken } from "./control/machine-token.js";
import { signIn, type SignedIn, type SignInInput } from "./control/sign-in-flow.js";
import { advanceClock, type TimeSpan } from "./control/time.js";
import { issueToken, type TokenInput } from "./control/token.js";
import type { AuditLogEvent } from "./environment/audit-log-event.js";
import type { LoggedEvent } from "./events/event-log.js";
import type { Fault } from "./faults/fault.js";
import { findFaultTargets, type FaultTarget } from "./faults/fault-target.js";
import { readFault, readTarget } from "./faults/read-fault.js";
import type { FieldReader } from "./input/field-reader.js";
import type {
  EmulatorOptions,
  EmulatorSettings,
  StartOptions,
} from "./options/emulator-options.js";
import { readOptions, readStartOptions } from "./options/read-options.js";
import type { Seed } from "./seed/seed.js";
import type { ServedRequest } from "./server/request-log.js";
import { createService, type Service } from "./service.js";

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
  /** The API key of the environment, which its REST API accepts. */
  readonly apiKey: string;
  /** What the environment started with; changes through the API are not in it. */
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
 * @example
 * ```ts
 * const emulator = createEmulator({ resource: "http://127.0.0.1:3002/mcp" });
 * const middleware = workosProvider({}, emulator.overrides);
 * const token = await emulator.token({ as: "ada@acme.test", organization: "Acme" });
 * ```
 */
export function createEmulator(options: EmulatorOptions = {}): Emulator {
  const settings = readOptions(options);
  return toEmulator(createService(settings), settings);
}

/**
 * Starts an emulator that listens, on any free port unless one is named; without `issuer` that address is the issuer.
 *
 * Rejects as {@link createEmulator} throws, and with Node's error when the port is taken.
 *
 * @example
 * ```ts
 * await using emulator = await startEmulator({ resource: "http://127.0.0.1:3002/mcp" });
 * const { accessToken } = await emulator.signIn({ as: "ada@acme.test", organization: "Acme" });
 * ```
 */
export async function startEmulator(options: StartOptions = {}): Promise<Emulator> {
  const settings = readStartOptions(options);
  const service = createService(settings);
  await service.listen(settings);
  return toEmulator(service, settings);
}

function toEmulator(service: Service, { baseUrl, seed }: EmulatorSettings): Emulator {
  const { clock, events, faults, fetch, issuer, keys, requests, state, url } = service;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= service.close());
  const readEnv = (): ServerEnvironment => ({
    WORKOS_API_KEY: seed.apiKey,
    WORKOS_CLIENT_ID: seed.clientId,
    WORKOS_AUTHKIT_DOMAIN: issuer(),
    WORKOS_API_URL: url(),
    BASE_URL: baseUrl,
  });
  return {
    issuer: issuer(),
    url: url(),
    clientId: seed.clientId,
    apiKey: seed.apiKey,
    seed,
    env: readEnv(),
    overrides: { env: readEnv(), fetch, now: clock.now },
    fetch,
    token: async (input = {}) => issueToken(state().server, state().testClient, input),
    machineToken: async (application) => issueMachineToken(state().server, application),
    forgeToken: async (input = {}) => forgeToken(state().server, input),
    signIn: async (input) => signIn({ ...state(), fetch }, input),
    fail: (target, fault = "down") => faults.fail(readTarget(target), readFault(fault)),
    recover: (target = "all") => faults.recover(readTarget(target)),
    advance: (time) => advanceClock(clock, time),
    reset: () => service.reset(),
    rotateKeys: async (options = {}) => keys.rotate(readKeepOld(options)),
    requests(target = "all") {
      const part = readTarget(target);
      return requests.entries.filter(({ path }) => findFaultTargets(path).includes(part));
    },
    clearRequests: () => requests.clear(),
    get events() {
      return [...events.all()];
    },
    get auditLogEvents() {
      return state().server.environment.auditLogEvents;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function readKeepOld(options: { readonly keepOld?: boolean }): boolean {
  const read = (reader: FieldReader): boolean => reader.optionalFlag("keepOld") ?? true;
  return readArgument(options, "rotateKeys()", read);
}
