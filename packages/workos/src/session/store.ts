// oxlint-disable-next-line unicorn/prefer-node-protocol -- bundlers for Workers know only the bare name
import { AsyncLocalStorage } from "async_hooks";
import { WorkOSAuthError } from "../errors.js";
import type { VerifiedCredential } from "../credential/verify-credential.js";
import type { CallerKind } from "../standards/caller-kind.js";
import type { WorkOS } from "../workos/client.js";
import type { FeatureFlags } from "../workos/feature-flags.js";
import type { Memberships } from "../workos/memberships.js";
import type { UserDirectory } from "../workos/users.js";
import { callerFrom, type Caller } from "./caller.js";
import { sessionFrom, type Session } from "./session.js";
import { OpenChecks, type CheckFault } from "./open-checks.js";

/** What a request lends to the tools that run inside it. */
export interface Provider {
  /** The WorkOS environment: providers of the same one replace each other. */
  readonly environment: string;
  readonly client: () => WorkOS;
  /** For access decisions: does not share the tools' failures. */
  readonly accessClient: () => WorkOS;
  readonly users: UserDirectory;
  readonly memberships: Memberships;
  readonly featureFlags: FeatureFlags;
  /** The kinds of caller the server accepts. */
  readonly callers: ReadonlySet<CallerKind>;
  /** Whether granted scopes include a required one, by the operator's hierarchy. */
  readonly satisfies: (granted: readonly string[], required: string) => boolean;
  /** Called with what the check of a rule threw. */
  readonly reportCheck: (rule: string, error: unknown) => void;
}

/** What a tool denied its caller by a rule of its own, although the access map had let the call through. */
export interface DeniedInside {
  /** The reason id. */
  readonly reason: string;
  /** What is missing and who can grant it, as the caller was told. */
  readonly detail: string;
}

/** Where code may ask about its caller's access, and what it got answers. */
export interface CheckedScope {
  /** What its code asks about its caller's access and has not awaited or obeyed. */
  readonly checks: OpenChecks;
  readonly isCheck: boolean;
  isClosed: boolean;
}

/** One run of a check of the access map: no request, since the guard has not let one through yet. */
export interface CheckRun extends CheckedScope {
  readonly isCheck: true;
}

/** One authenticated request, from the guard's verdict until its response closes. */
export interface AuthenticatedRequest extends CheckedScope {
  readonly isCheck: false;
  readonly provider: Provider;
  readonly credential: VerifiedCredential;
  readonly caller: Caller;
  /** Undefined when the caller is not a user. */
  readonly session: Session | undefined;
  /** Called with what a tool denied its caller; never throws. */
  readonly report: (denied: DeniedInside) => void;
  /** The kind of what the request uses; undefined when that is several, or none. */
  readonly usedKind: () => "tool" | "prompt" | "resource" | undefined;
  /** The URL of another organization, where the request's URL selects one. */
  readonly urlOf: ((organizationId: string) => string) | undefined;
  /** Whether a test made it up, and no guard let it through. */
  readonly isMadeUp: boolean;
}

/** Where code runs: in an authenticated request, in one to a public path, which has no caller, or in a check. */
export type Scope = AuthenticatedRequest | CheckRun | "public";

interface Shared {
  readonly requests: AsyncLocalStorage<Scope>;
  readonly providers: Map<string, Provider>;
  /** Whether this process has a provider that refuses every request. */
  refusesAll: boolean;
}

/**
 * Two copies of this module may be loaded (one bundled, one from node_modules):
 * both must see the same requests. The number changes with the shape.
 */
const SHARED = Symbol.for("@xmcp-dev/workos/shared@10");

function shared(): Shared {
  const scope = globalThis as { [SHARED]?: Shared };
  return (scope[SHARED] ??= {
    requests: new AsyncLocalStorage(),
    providers: new Map(),
    refusesAll: false,
  });
}

/** Makes a storage of a host's own, which follows a request through everything that it waits for. */
export function createRequestStorage<Value>(): AsyncLocalStorage<Value> {
  return new AsyncLocalStorage();
}

/** Returns what runs a function where this is called, as far as storages go. */
export function captureScope(): <Result>(next: () => Result) => Result {
  return AsyncLocalStorage.snapshot();
}

/** Makes a provider known to code that runs outside requests. */
export function registerProvider(provider: Provider): void {
  shared().providers.set(provider.environment, provider);
}

/** Makes known that this process has a provider, although it lets no request through. */
export function registerRefusal(): void {
  shared().refusesAll = true;
}

/** Runs `next` inside an authenticated request; once that is closed, whatever still runs there finds no session. */
export function runInside<Result>(request: AuthenticatedRequest, next: () => Result): Result {
  return shared().requests.run(request, next);
}

/** Runs a check of the access map; what it got answers until its promise settles, and in this run alone. */
export async function runCheck<Result>(
  run: CheckRun,
  check: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await shared().requests.run(run, check);
  } finally {
    run.isClosed = true;
  }
}

/** Returns where this code runs, over or not; undefined outside requests. */
export function findScope(): Scope | undefined {
  return shared().requests.getStore();
}

/** Runs `next` in a request to a public path, in which no function about the caller works. */
export function runPublic(next: () => void): void {
  shared().requests.run("public", next);
}

/** What an {@link OpenRequest} is made of. */
export interface OpenRequestOptions extends Pick<
  AuthenticatedRequest,
  "provider" | "credential" | "report" | "urlOf" | "usedKind"
> {
  readonly isMadeUp?: boolean;
  /** Watches the request's answer from the moment that its code first asks about access. */
  readonly watchAnswer: (checks: OpenChecks) => void;
  readonly reportFault: (fault: CheckFault) => void;
}

/** Its caller and its checks are made when a tool first asks: most requests, such as lists, never do. */
export class OpenRequest implements AuthenticatedRequest {
  readonly provider: Provider;
  readonly credential: VerifiedCredential;
  readonly report: AuthenticatedRequest["report"];
  readonly urlOf: AuthenticatedRequest["urlOf"];
  readonly usedKind: AuthenticatedRequest["usedKind"];
  readonly isMadeUp: boolean;
  readonly isCheck = false;
  isClosed = false;
  readonly #options: OpenRequestOptions;
  #caller: Caller | undefined;
  #session: Session | undefined;
  #checks: OpenChecks | undefined;

  constructor(options: OpenRequestOptions) {
    this.provider = options.provider;
    this.credential = options.credential;
    this.report = options.report;
    this.urlOf = options.urlOf;
    this.usedKind = options.usedKind;
    this.isMadeUp = options.isMadeUp ?? false;
    this.#options = options;
  }

  get caller(): Caller {
    return (this.#caller ??= callerFrom(this.credential));
  }

  get session(): Session | undefined {
    return (this.#session ??= sessionFrom(this.credential));
  }

  get checks(): OpenChecks {
    if (this.#checks === undefined) {
      this.#checks = new OpenChecks(this.#options.reportFault);
      this.#options.watchAnswer(this.#checks);
    }
    return this.#checks;
  }
}

/**
 * The request this code runs in.
 *
 * @throws WorkOSAuthError `no_session` outside a request and after it closed.
 */
export function currentRequest(caller: string): AuthenticatedRequest {
  const request = findRequestScope();
  if (request === undefined) {
    throw new WorkOSAuthError(
      "no_session",
      `${caller} was called outside an authenticated request. Call it inside a tool, prompt or resource ` +
        "that is served over HTTP behind workosProvider(): is it the default export of src/middleware.ts, as it is? There " +
        "is no session at module level and none on the stdio transport.",
    );
  }
  if (request === "public") {
    throw new WorkOSAuthError(
      "no_session",
      `${caller} was called in a request to one of publicPaths, whose caller is not authenticated. Take the path ` +
        "out of publicPaths, or do without the caller there.",
    );
  }
  assertOpen(request, caller);
  return request;
}

/** A check runs in no request. */
function findRequestScope(): AuthenticatedRequest | "public" | undefined {
  const scope = findScope();
  return typeof scope === "object" && scope.isCheck ? undefined : scope;
}

/**
 * Returns the request this code runs in; undefined in a process without a provider, such as one that serves stdio.
 *
 * @throws WorkOSAuthError `no_session` in a process that has a provider, wherever {@link currentRequest} throws:
 *   code whose request is over, was public or cannot be found must not pass for code that serves no request.
 */
export function findRequest(caller: string): AuthenticatedRequest | undefined {
  const { providers, refusesAll } = shared();
  return findRequestScope() === undefined && providers.size === 0 && !refusesAll
    ? undefined
    : currentRequest(caller);
}

/** @throws WorkOSAuthError `no_session` when what belongs to one request or check is used elsewhere, or after its end. */
export function assertInside(scope: CheckedScope, used: string): void {
  const here = findScope();
  if (!scope.isCheck && (here === undefined || here === scope)) assertOpen(scope, used);
  if (here === scope && !scope.isClosed) return;
  throw new WorkOSAuthError(
    "no_session",
    `${used} was used outside the request or check that it was resolved for. Call getAccess() in each request and ` +
      "call.access() in each check, and do not keep what they return.",
  );
}

function assertOpen({ isClosed }: CheckedScope, caller: string): void {
  if (!isClosed) return;
  throw new WorkOSAuthError(
    "no_session",
    `${caller} was called after the response of its request had closed. A timer or queue that outlives ` +
      "its request has no session: read what you need before the tool returns and pass it along.",
  );
}

/** The provider of the current request, or the only one in this process. */
export function currentProvider(caller: string): Provider {
  const request = findRequestScope();
  if (typeof request === "object" && !request.isClosed) return request.provider;
  const [only, another] = shared().providers.values();
  if (only === undefined) {
    throw new WorkOSAuthError(
      "no_provider",
      `${caller} was called before workosProvider(). Export workosProvider() from src/middleware.ts; ` +
        "on the stdio transport, which runs no middleware, make your own WorkOS client.",
    );
  }
  if (another !== undefined) {
    throw new WorkOSAuthError(
      "no_provider",
      `${caller} was called outside a request while several WorkOS environments are configured, so it ` +
        "cannot tell which is meant. Call it inside a tool.",
    );
  }
  return only;
}
