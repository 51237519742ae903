import { WorkOSAuthError } from "../errors.js";
import type { Caller } from "../session/caller.js";
import { OpenChecks } from "../session/open-checks.js";
import type { WorkOS } from "../workos/client.js";
import { AccessDeniedError } from "./access-denied.js";
import { runCheck, type CheckRun } from "../session/store.js";
import type { AccessSource } from "./access.js";
import { watchScope, type AccessWatch } from "./access-watch.js";
import { strict } from "./strict.js";
import type { AccessPolicy } from "./access-map.js";
import { decide, nearest, type Denial } from "./decide.js";
import type { Rights } from "./rights.js";
import { isOutage } from "./permission-on.js";
import type { Call, Check, CompiledRule } from "./rule.js";
import { within } from "../trail/time-limit.js";

/** What judging takes, beside the rule and the rights. */
export interface JudgingContext {
  /** The operator's scope hierarchy. */
  readonly satisfies: AccessPolicy["satisfies"];
  readonly caller: () => Caller;
  readonly workos: () => WorkOS;
  /** Resolves the caller's access, for a check that is watched. */
  readonly access: (watch: AccessWatch) => AccessSource;
  /** Called with what a check threw. */
  readonly report: (error: unknown) => void;
}

/** What is judged: one name, and what it is called with. */
export type Judged = Pick<Call, "kind" | "name" | "arguments">;

/** A check that gives no answer for so long, in milliseconds, has failed: a caller is waiting. */
const LONGEST_CHECK = 10_000;

/**
 * Judges one use by one rule, checks included; at once when there are none.
 *
 * @returns why it is denied, or undefined when it is allowed. Never rejects: a check that
 *   throws or gives no answer in time denies.
 */
export function judgeCall(
  rule: CompiledRule | undefined,
  judged: Judged,
  rights: Rights,
  context: JudgingContext,
): Denial | undefined | Promise<Denial | undefined> {
  const verdict = decide(rule, rights, context.satisfies);
  switch (verdict.kind) {
    case "allowed":
      return undefined;
    case "denied":
      return verdict.denial;
    case "checks":
      return ask(verdict.checks, judged, context).then((denial) =>
        denial === undefined ? undefined : nearest([...verdict.denials, denial]),
      );
  }
}

/** Asks until all checks of one alternative say yes; a check that several of them share is asked once. */
async function ask(
  alternatives: readonly (readonly Check[])[],
  judged: Judged,
  context: JudgingContext,
): Promise<Denial | undefined> {
  const answers = new Map<Check, Denial | undefined>();
  for (const checks of alternatives) {
    let denial: Denial | undefined;
    for (const check of checks) {
      if (!answers.has(check)) answers.set(check, await askOne(check, judged, context));
      denial = answers.get(check);
      if (denial !== undefined) break;
    }
    if (denial === undefined) return undefined;
  }
  // Trying again may help as soon as one of them could not ask.
  const reasons = new Set([...answers.values()].map((denial) => denial?.reason));
  if (reasons.has("access_unavailable")) return { reason: "access_unavailable" };
  return { reason: reasons.has("check_failed") ? "check_failed" : "check_denied" };
}

async function askOne(
  check: Check,
  { kind, name, arguments: given }: Judged,
  { caller, workos, access, report }: JudgingContext,
): Promise<Denial | undefined> {
  const checks = new OpenChecks(() => undefined);
  try {
    const run: CheckRun = { isCheck: true, isClosed: false, checks };
    const watch = watchScope(run, { usedKind: () => kind });
    const source = access(watch);
    const call: Call = {
      kind,
      name,
      // A copy: a check must not change what the tool will get.
      arguments: structuredClone(given),
      caller: strict(caller(), "the caller"),
      get workos() {
        return workos();
      },
      access: (options) => {
        watch.assertOpen("call.access()");
        return checks.follow(
          "call.access()",
          source(options).then((resolved) => strict(resolved, "the access")),
        );
      },
    };
    const lent = strict(call, "the call", (member) => {
      watch.assertOpen(`call.${member}`);
    });
    const answer: unknown = await runCheck(run, () => within(LONGEST_CHECK, check(lent)));
    if (answer === false) return { reason: "check_denied" };
    // A truthy value that is not `true` is a mistake, and so is a forgotten return.
    if (answer !== true)
      throw new TypeError(`it returned ${typeof answer}, and must return true or false`);
    const fault = checks.fault();
    if (fault === undefined) return undefined;
    throw new Error(fault.detail);
  } catch (error) {
    // What access.require() threw; with a cause it could not decide.
    if (error instanceof AccessDeniedError && error.cause === undefined) {
      return { reason: "check_denied" };
    }
    // What access threw is worded for the caller; its cause is for the operator.
    report(error instanceof WorkOSAuthError ? (error.cause ?? error) : error);
    return { reason: isOutage(error) ? "access_unavailable" : "check_failed" };
  }
}
