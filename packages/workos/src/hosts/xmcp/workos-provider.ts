import type { IncomingMessage, ServerResponse } from "node:http";
import { budgetKey } from "../../access/budget.js";
import { findDifferences, type AccessFinding } from "../../access/compare-access.js";
import {
  readConfiguration,
  type Settings,
  type WorkOSProviderConfig,
} from "../../server/configuration.js";
import { exposedHeaders, type Answer } from "../../guard/answer.js";
import {
  countRequests,
  createDeniedInside,
  describeUses,
  type Admitted,
} from "../../guard/usage-events.js";
import { createResourceServer } from "../../server/resource-server.js";
import type { CheckFault, OpenChecks } from "../../session/open-checks.js";
import { OpenRequest, registerProvider, runInside, runPublic } from "../../session/store.js";
import type { AuthEvent } from "../../trail/event.js";
import type { Companion } from "../../observers/hooks.js";
import { authInfoOf } from "../../exchange/auth-info.js";
import { createEdge, type WatchedEdge } from "../node/runtime.js";
import { FAULT, refuseForeignHost } from "./foreign-host.js";
import { holdAnswer } from "../../exchange/hold-answer.js";
import { filterAnswer } from "../../exchange/rewrite-lists.js";
import { translate, type Request } from "../node/read-request.js";
import { closeOnSignal } from "./close-on-signal.js";
import type { WorkOSMiddleware } from "../node/middleware.js";
import { createWithholding } from "../node/withhold-credentials.js";
import { endingsOf, type Endings } from "../node/on-request-end.js";
import { createOpenStreams } from "../../exchange/open-streams.js";
import { createListeningCheck } from "../node/listening-check.js";
import { createMountProof } from "../node/mount-proof.js";
import { readOverrides, type RuntimeOverrides } from "../../server/runtime-overrides.js";
import { registeredWithXmcp, unknownRecordedTools } from "./registered-names.js";

/**
 * Makes an xmcp server an OAuth 2.1 resource server for WorkOS AuthKit: export
 * the result from `src/middleware.ts` as it is.
 *
 * Guards every request that reaches it, serves both well-known documents, and
 * lends tools `getSession()`, `getUser()` and `getClient()`. With `access` it decides who may
 * use which tool; without, every authenticated caller may use all of them. The handler never rejects; on a fault of its own it
 * refuses the request. It needs Node's HTTP objects: a host that calls it
 * otherwise gets a refusal, never an open door.
 *
 * @throws ConfigurationError with every problem of the configuration.
 * @see RFC 6750, RFC 9728, RFC 9068; MCP 2025-11-25 basic/authorization
 */
export function workosProvider(
  config: WorkOSProviderConfig = {},
  given: RuntimeOverrides = {},
): WorkOSMiddleware {
  const overrides = readOverrides(given);
  const settings = readConfiguration(config, overrides.env ?? process.env);
  const edge = createEdge(overrides, settings.observers, settings.log);
  const server = createResourceServer(settings, edge);
  const { guard, provider, health, start } = server;
  const streams = createOpenStreams({
    now: edge.now,
    isOver: server.isOver,
    clockToleranceSeconds: settings.clockToleranceSeconds,
    maxPerCaller: settings.maxStreamsPerCaller,
  });
  let forget = (): void => undefined;
  const end = async (): Promise<void> => {
    // Timers here keep no process alive; a delivery that waits for its turn must.
    const alive = setTimeout(() => undefined, LONGEST_FLUSH);
    try {
      streams.close();
      proof.close();
      await server.close(LONGEST_FLUSH);
    } finally {
      clearTimeout(alive);
      forget();
    }
  };
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= end());
  if (server.delivers) forget = closeOnSignal(close);
  const listening = createListeningCheck(settings, edge.trail, edge.schedule);
  const withhold = createWithholding(settings);
  const reportUnreadable = (cause: string): void => {
    const detail = `an answer that may hold a list for one caller could not be read and became a 500: ${cause}`;
    edge.trail({ kind: "advice", code: "list_unreadable", detail });
  };
  const { exit = (code) => process.exit(code) } = overrides;
  const proof = createMountProof(settings, {
    ...edge,
    exit: settings.exitWhenUnguarded ? exit : undefined,
  });
  registerProvider(provider);
  const { access, recordArguments } = settings;
  if (access !== undefined || recordArguments.size > 0 || edge.learnNames !== undefined) {
    setImmediate(() => void learnFromServer(settings, edge));
  }

  setImmediate(start);

  const accompany = (
    request: Request,
    response: ServerResponse,
    endings: Endings | undefined,
    body: unknown,
  ): Companion["run"] => {
    if (edge.accompany === undefined || endings === undefined) return alone;
    const { method = "GET", headers } = request;
    const { authorization: _token, cookie: _cookie, ...rest } = headers;
    const { run, end } = edge.accompany({ method, headers: rest, meta: metaOf(body) });
    endings.push(() => {
      end(response.statusCode);
    });
    return run;
  };

  const middleware = async function workosMiddleware(
    request: IncomingMessage,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ): Promise<void> {
    if (typeof next !== "function") {
      edge.trail({
        kind: "fault",
        detail: "called without Express's next(): this host is not supported yet",
      });
      return refuseForeignHost();
    }
    try {
      if (proof.answer(request, response)) return;
      listening.arrived(request);
      const receivedAt = edge.now();
      const observed = edge.accompany === undefined ? undefined : endingsOf(request, response);
      const isGone = (): boolean => response.closed || request.socket.destroyed;
      const translated = translate(request, receivedAt, settings.trustedProxyCount, isGone);
      const within = accompany(request, response, observed, translated.body);
      const judged = within(() => guard(translated));
      const outcome = judged instanceof Promise ? await judged : judged;
      if (outcome.kind === "public") {
        runPublic(next);
        return;
      }
      if (outcome.kind === "answered") {
        expose(response);
        send(request, response, outcome.answer);
        return;
      }
      if (isGone()) return;
      const endings = observed ?? endingsOf(request, response);
      const unwatch = streams.watch(request, response, outcome.credential);
      if (unwatch === "too_many_streams") {
        const refusal = { reason: unwatch, caller: budgetKey(outcome.credential) } as const;
        expose(response);
        send(request, response, guard.refuse(refusal, translated, outcome.credential).answer);
        return;
      }
      // Without an origin no web page is asking, and CORS has nothing to say.
      if (request.headers.origin !== undefined) expose(response);
      withhold(request);
      // What is meant for one caller is kept by nobody on the way; a host that says more about it is heard.
      if (!response.hasHeader("Cache-Control")) response.setHeader("Cache-Control", "no-store");
      listening.authenticated(request);
      const { credential } = outcome;
      // Not all of it: nothing that a tool can reach holds on to the token.
      const { body, protocolVersion, address, userAgent } = translated;
      let describeDenied: ReturnType<typeof createDeniedInside> | undefined;
      const report: OpenRequest["report"] = (denied) => {
        const origin = { body, protocolVersion, address, userAgent };
        describeDenied ??= createDeniedInside(credential, origin, edge.newId);
        const events = describeDenied(denied, edge.now() - receivedAt);
        within(() => {
          for (const event of events) edge.trail(event);
        });
      };
      const { urlOf } = outcome;
      const reportFault = ({ reason, detail }: CheckFault): void => {
        edge.trail({ kind: "fault", reason, detail: `${describeUses(body)}: ${detail}` });
      };
      const watchAnswer = (checks: OpenChecks): void => {
        const requests = countRequests(body);
        holdAnswer(response, { checks, requests, report: reportFault });
      };
      const open = new OpenRequest({
        provider,
        credential,
        report,
        urlOf,
        watchAnswer,
        reportFault,
      });
      endings.push(() => {
        open.isClosed = true;
      });
      if (unwatch !== undefined) endings.push(unwatch);
      if (outcome.shows !== undefined) filterAnswer(response, outcome.shows, reportUnreadable);
      (request as Request).auth = authInfoOf(credential, outcome.resource);
      const { admitted } = outcome;
      if (admitted !== undefined && admitted.length > 0) {
        // What is spread comes first: V8 copies it as a whole then, which is four times as fast.
        const tell = (event: (asked: Admitted) => AuthEvent): void => {
          for (const asked of admitted) {
            within(() => {
              edge.trail(event(asked));
            });
          }
        };
        // Before anything is done: who keeps an audit must know of a call that outlives the process.
        tell((asked) => ({ ...asked, kind: "admitted" }));
        // Before the companion's end, which was noted first.
        endings.unshift(() => {
          const { statusCode: status, writableFinished: isComplete } = response;
          const durationMs = edge.now() - receivedAt;
          tell((asked) => ({ ...asked, kind: "answered", status, isComplete, durationMs }));
        });
      }
      runInside(open, within === alone ? next : () => within(next));
    } catch (error) {
      edge.trail({ kind: "fault", detail: describe(error) });
      failClosed(request, response);
    }
  };
  return Object.assign(middleware, { health, close });
}

/** Where a message says which trace it belongs to (MCP, `_meta`). */
function metaOf(body: unknown): object | undefined {
  const { params } = (typeof body === "object" && body !== null ? body : {}) as {
    params?: { _meta?: unknown } | null;
  };
  const meta = params?._meta;
  return typeof meta === "object" && meta !== null ? meta : undefined;
}

/** Work that nobody accompanies. */
const alone: Companion["run"] = (work) => work();

/** Gives observers the names that the server registers, and reports once where the configuration names others. */
async function learnFromServer(
  { access, recordArguments }: Pick<Settings, "access" | "recordArguments">,
  { trail, learnNames }: WatchedEdge,
): Promise<void> {
  const advise = (code: "access_map_differs" | "recorded_tool_unknown", detail: string): void => {
    trail({ kind: "advice", code, detail });
  };
  try {
    const registered = await registeredWithXmcp();
    learnNames?.(registered);
    for (const detail of unknownRecordedTools(recordArguments, registered)) {
      advise("recorded_tool_unknown", detail);
    }
    if (access === undefined) return;
    for (const detail of differences(findDifferences(access, registered))) {
      advise("access_map_differs", detail);
    }
  } catch (error) {
    if (access === undefined) return;
    // A tool that cannot be imported is xmcp's to report.
    advise(
      "access_map_differs",
      `the access map could not be compared with the server's tools: ${describe(error)}`,
    );
  }
}

/** A line for every rule about nothing, and one for all that nobody may use. */
function differences(findings: readonly AccessFinding[]): readonly string[] {
  const unnamed = findings.filter(({ kind }) => kind === "not-named").map(({ subject }) => subject);
  const rest = unnamed.length > MOST_NAMES ? ` and ${unnamed.length - MOST_NAMES} more` : "";
  return [
    ...findings.filter(({ kind }) => kind === "not-registered").map(({ message }) => message),
    ...(unnamed.length === 0
      ? []
      : [
          `denied to everybody, because the access map does not name it: ${unnamed.slice(0, MOST_NAMES).join(", ")}${rest}`,
        ]),
  ];
}

/** Names in one line at most. */
const MOST_NAMES = 20;

/** What waits is delivered for so long at the end, in milliseconds; orchestrators kill after ten seconds or more. */
const LONGEST_FLUSH = 5_000;

function send(request: Request, response: ServerResponse, answer: Answer): void {
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.end(request.method === "HEAD" ? undefined : answer.body);
}

/** Lets browser-based clients read what comes, refusals included; keeps what the host's own CORS says. */
function expose(response: ServerResponse): void {
  const byHost = response.getHeader("Access-Control-Expose-Headers")?.toString();
  response.setHeader("Access-Control-Expose-Headers", exposedHeaders(byHost));
  if (!response.hasHeader("Access-Control-Allow-Origin")) {
    response.setHeader("Access-Control-Allow-Origin", "*");
  }
}

/** After a fault of ours the request must end here: nothing behind the guard may run, and nothing may be thrown. */
function failClosed(request: Request, response: ServerResponse): void {
  try {
    if (response.headersSent) response.destroy();
    else send(request, response, FAULT);
  } catch {
    // Nothing can be said over a broken response; an exception here would end the process.
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : typeof error;
}
