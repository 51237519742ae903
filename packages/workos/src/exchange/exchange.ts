import { toMembers } from "../standards/members.js";
import { andThen } from "../standards/and-then.js";
import { budgetKey } from "../access/budget.js";
import { exposedHeaders, type Answer } from "../guard/answer.js";
import type { GuardRequest, Outcome } from "../guard/outcome.js";
import { countRequests, usedKind } from "../guard/usage-events.js";
import type { RequestScope } from "../observers/hooks.js";
import type { ResourceServer } from "../server/resource-server.js";
import type { Runtime } from "../server/runtime.js";
import { OpenRequest, runInside, runPublic } from "../session/store.js";
import { toAuthInfo, type AuthInfo } from "./auth-info.js";
import { holdAnswer } from "./hold-answer.js";
import type { AnswerHead, Host } from "./host.js";
import type { OpenStreams } from "./open-streams.js";
import { filterAnswer } from "./rewrite-lists.js";
import { createUsageReport } from "./usage-report.js";

/** What a host does with a request. */
export type Step =
  /** Send this answer; nothing behind the guard runs. */
  | { readonly kind: "answer"; readonly answer: Answer }
  /** A public path: run what is behind the guard, by `run`. */
  | { readonly kind: "public"; readonly run: (next: () => void) => void }
  /** The client has left: do nothing. */
  | { readonly kind: "left" }
  /** Run what is behind the guard by `run`, with `authInfo` and without the caller's credential. */
  | {
      readonly kind: "proceed";
      readonly authInfo: AuthInfo;
      readonly run: <Result>(next: () => Result) => Result;
    };

/** Takes a request from its first look to the end of its answer, for any host. */
export interface Exchange {
  /** Judges a request, at once when nothing has to be asked; throws or rejects only on a fault of ours. */
  readonly begin: (request: GuardRequest, host: Host) => Step | Promise<Step>;
}

/** What {@link createExchange} needs. */
export interface ExchangeOptions {
  readonly server: Pick<ResourceServer, "guard" | "provider" | "stored">;
  readonly runtime: Pick<Runtime, "trail" | "now" | "newId" | "startRequestScope">;
  readonly streams: OpenStreams;
}

/**
 * Makes the exchange of a resource server: the guard's verdict and all that follows from it while the request lasts
 * (the caller's session, streams that end with their token, lists that show what the caller may use, answers that are
 * withheld, and what the trail learns of it).
 */
export function createExchange({ server, runtime, streams }: ExchangeOptions): Exchange {
  const { guard, provider, stored } = server;
  const { trail, now, newId, startRequestScope } = runtime;
  const reportUnreadable = (cause: string): void => {
    const detail = `an answer that may hold a list for one caller could not be read and became a 500: ${cause}`;
    trail({ kind: "advice", code: "list_unreadable", detail });
  };

  const proceed = (
    outcome: Extract<Outcome, { kind: "authenticated" }>,
    { request, host, within, endings }: Begun,
  ): Step => {
    const { credential, urlOf, shows, admitted = [] } = outcome;
    const { head } = host;
    const unwatch = streams.watch(request, host, credential);
    if (unwatch === "too_many_streams") {
      const refusal = { reason: unwatch, caller: budgetKey(credential) } as const;
      return answer(guard.refuse(refusal, request, credential).answer, head);
    }
    // First: what follows may remember the header fields.
    host.withholdCredentials();
    // Without an origin no web page is asking, and CORS has nothing to say.
    if (request.origin !== undefined) expose(head);
    // What is meant for one caller is kept by no cache on the way; a host's own field is kept.
    if (head.getHeader("Cache-Control") === undefined) head.setHeader("Cache-Control", "no-store");
    const { body } = request;
    const report = createUsageReport({ trail, now, newId, within, credential, request });
    const open = new OpenRequest({
      provider,
      credential,
      report: report.denied,
      usedKind: () => usedKind(body),
      urlOf,
      watchAnswer: (checks) => {
        if (host.hasEnded()) {
          if (head.status < 400) checks.noteAnswer();
          return;
        }
        holdAnswer(host, { checks, requests: countRequests(body), report: report.fault });
      },
      reportFault: report.fault,
    });
    endings.push(() => {
      open.isClosed = true;
    });
    if (unwatch !== undefined) endings.push(unwatch);
    host.interceptBody();
    if (shows !== undefined) filterAnswer(host, shows, reportUnreadable);
    if (admitted.length > 0) {
      report.admitted(admitted);
      // Before the scope's end, which was noted first.
      endings.unshift((isComplete) => {
        report.answered(admitted, head.status, isComplete);
      });
    }
    return {
      kind: "proceed",
      authInfo: toAuthInfo(credential, outcome.resource),
      run: (next) => runInside(open, within === alone ? next : () => within(next)),
    };
  };

  /** Goes on when what was recorded of the request outlives this process: an audit must know of a call before it runs. */
  const whenStored = (step: Step, host: Host): Step | Promise<Step> => {
    const waiting = stored?.();
    if (waiting === undefined) return step;
    return waiting.then(() => (host.isGone() ? { kind: "left" } : step));
  };

  return {
    begin(request, host) {
      const endings: Endings = [];
      const watchEnd = (): void => {
        host.onEnd((isComplete) => {
          for (const run of endings) run(isComplete);
        });
      };
      const within = startScope(startRequestScope, request, host, endings);
      if (within !== alone) watchEnd();
      const conclude = (outcome: Outcome): Step | Promise<Step> => {
        if (outcome.kind === "public") return { kind: "public", run: runPublic };
        if (outcome.kind === "answered") return whenStored(answer(outcome.answer, host.head), host);
        if (host.isGone()) return { kind: "left" };
        if (within === alone) watchEnd();
        return whenStored(proceed(outcome, { request, host, within, endings }), host);
      };
      return andThen(
        within(() => guard(request)),
        conclude,
      );
    },
  };
}

/** A request that is under way. */
interface Begun {
  readonly request: GuardRequest;
  readonly host: Host;
  readonly within: RequestScope["run"];
  readonly endings: Endings;
}

/** What is to be done when an answer has ended, in this order; nothing here may throw. */
type Endings = ((isComplete: boolean) => void)[];

/** Work without a scope. */
const alone: RequestScope["run"] = (work) => work();

function startScope(
  startRequestScope: Runtime["startRequestScope"],
  { method, body }: GuardRequest,
  { headers, head }: Host,
  endings: Endings,
): RequestScope["run"] {
  if (startRequestScope === undefined) return alone;
  const { authorization: _token, cookie: _cookie, ...rest } = headers();
  const { run, end } = startRequestScope({ method, headers: rest, meta: readMeta(body) });
  endings.push(() => {
    end(head.status);
  });
  return run;
}

/** Where a message names its trace (MCP, `_meta`). */
function readMeta(body: unknown): object | undefined {
  const { _meta: meta } = toMembers(toMembers(body)["params"]);
  return typeof meta === "object" && meta !== null ? meta : undefined;
}

function answer(given: Answer, head: AnswerHead): Step {
  expose(head);
  return { kind: "answer", answer: given };
}

/** Lets browser-based clients read what comes, refusals included; keeps the host's own CORS fields. */
function expose(head: AnswerHead): void {
  const byHost = head.getHeader("Access-Control-Expose-Headers");
  head.setHeader("Access-Control-Expose-Headers", exposedHeaders(byHost));
  if (head.getHeader("Access-Control-Allow-Origin") === undefined) {
    head.setHeader("Access-Control-Allow-Origin", "*");
  }
}
