import type { Session } from "../session/session.js";
import type { WorkOS } from "../workos/client.js";
import type { AccessPolicy } from "./access-map.js";
import { decide, nearest, type Denial } from "./decide.js";
import type { Rights } from "./rights.js";
import type { Call, Check, CompiledRule } from "./rule.js";
import { within } from "../trail/time-limit.js";

/** What judging takes, beside the rule and the rights. */
export interface JudgingContext {
  /** The operator's scope hierarchy. */
  readonly satisfies: AccessPolicy["satisfies"];
  /** The caller's session; a check is never asked about a machine. */
  readonly session: () => Session | undefined;
  readonly workos: () => WorkOS;
  readonly membershipId: () => Promise<string | undefined>;
  /** Hears what a check threw. */
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

async function ask(
  checks: readonly Check[],
  { kind, name, arguments: given }: Judged,
  { session, workos, membershipId, report }: JudgingContext,
): Promise<Denial | undefined> {
  let denial: Denial = { reason: "check_denied" };
  for (const check of checks) {
    try {
      const person = session();
      if (person === undefined) return denial;
      const call: Call = {
        kind,
        name,
        // A copy: a check must not change what the tool will get.
        arguments: structuredClone(given),
        get workos() {
          return workos();
        },
        membershipId,
      };
      const said: unknown = await within(LONGEST_CHECK, check(person, call));
      // A truthy value that is not `true` is a mistake, and a mistake denies.
      if (said === true) return undefined;
    } catch (error) {
      report(error);
      // Trying again may help as soon as one of them could not ask.
      if (isOutage(error)) denial = { reason: "access_unavailable" };
      else if (denial.reason === "check_denied") denial = { reason: "check_failed" };
    }
  }
  return denial;
}

/** By its code: a check may come from another copy of this package. */
function isOutage(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "access_unavailable";
}
