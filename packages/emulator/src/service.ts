import { createClock, type Clock } from "./clock.js";
import { createEventLog, type EventLog } from "./events/event-log.js";
import { createWebhooks } from "./events/webhooks.js";
import { answerWithFault, EmulatorDownError } from "./faults/fault.js";
import { createFaultSwitch, type FaultSwitch } from "./faults/fault-switch.js";
import { createSigningKeys, type SigningKeys } from "./keys/signing-keys.js";
import type { EmulatorSettings, ListenSettings } from "./options/emulator-options.js";
import { createInProcessFetch } from "./server/in-process-fetch.js";
import { listenOn, type Listener } from "./server/listener.js";
import { createRequestLog, type RequestLog } from "./server/request-log.js";
import { createState, type EmulatorState } from "./state.js";

const DEFAULT_ISSUER = "http://127.0.0.1:4100";

/** What runs: the parts of an emulator, and the one way in for every request. */
export interface Service {
  readonly clock: Clock;
  readonly keys: SigningKeys;
  readonly events: EventLog;
  readonly faults: FaultSwitch;
  readonly requests: RequestLog;
  readonly fetch: typeof fetch;
  /** Another after a reset. */
  readonly state: () => EmulatorState;
  readonly issuer: () => string;
  readonly url: () => string;
  reset(): void;
  listen(where: ListenSettings): Promise<void>;
  close(): Promise<void>;
}

/** Creates the parts of an emulator; it opens no port until `listen()`. */
export function createService(settings: EmulatorSettings): Service {
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

  const issuer = (): string => settings.issuer ?? origin ?? DEFAULT_ISSUER;
  const url = (): string => origin ?? issuer();
  const begin = (): EmulatorState => createState(settings, { issuer, now, keys, events });
  let state = begin();

  async function answer(request: Request, path: string): Promise<Response> {
    const fault = faults.meet(path);
    const answerTruly = async (): Promise<Response> => state.routes.fetch(request);
    if (stopped.signal.aborted) throw new EmulatorDownError();
    if (fault === undefined) return answerTruly();
    return answerWithFault(fault, request, answerTruly, stopped.signal);
  }

  async function serve(request: Request): Promise<Response> {
    const { method } = request;
    const { pathname } = new URL(request.url);
    const path = withoutSecrets(pathname);
    let status = 0;
    try {
      const response = await answer(request, pathname);
      status = response.status;
      return response;
    } finally {
      requests.add({ method, path, status });
      settings.log(`${method} ${path} ${status}`);
    }
  }

  return {
    clock,
    keys,
    events,
    faults,
    requests,
    fetch: createInProcessFetch(serve, () => [issuer(), url()]),
    state: () => state,
    issuer,
    url,
    reset() {
      faults.recover("all");
      requests.clear();
      events.clear();
      webhooks.forget();
      state = begin();
    },
    async listen({ host, port }) {
      const allowedHost = (): string => new URL(issuer()).host;
      listener = await listenOn({ host, port, fetch: serve, allowedHost });
      origin = `http://${browsableHost(host)}:${listener.port}`;
    },
    async close() {
      stopped.abort();
      webhooks.forget();
      await listener?.close();
    },
  };
}

// The address of an interaction is one of the three things that let a browser finish a sign-in.
function withoutSecrets(path: string): string {
  return path.startsWith("/oauth2/interaction/") ? "/oauth2/interaction/:id" : path;
}

// An address that stands for every interface is not one to connect to.
function browsableHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host.replace(/^\[|\]$/gu, "")}]` : host;
}
