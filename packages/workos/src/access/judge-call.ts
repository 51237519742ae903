import type { Session } from "../session/session.js";
import type { WorkOS } from "../workos/client.js";
import type { AccessPolicy } from "./access-map.js";
import { decide, type Denial } from "./decide.js";
import type { Target } from "./messages.js";
import type { Rights } from "./rights.js";
import type { Call, Check, CompiledRule } from "./rule.js";

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

/**
 * Judges one use by one rule, checks included; at once when there are none.
 *
 * @returns why it is denied, or undefined when it is allowed. Never rejects: a check that
 *   throws denies.
 */
export function judgeCall(
  rule: CompiledRule | undefined,
  target: Target,
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
      return ask(verdict.checks, target, context).then((denial) =>
        denial === undefined ? undefined : (verdict.otherwise ?? denial),
      );
  }
}

async function ask(
  checks: readonly Check[],
  { kind, name, arguments: given }: Target,
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
      const said: unknown = await check(person, call);
      // A truthy value that is not `true` is a mistake, and a mistake denies.
      if (said === true) return undefined;
    } catch (error) {
      denial = { reason: "check_failed" };
      report(error);
    }
  }
  return denial;
}
