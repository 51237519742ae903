import { createAccessControl, type Judgement, type Refused } from "../access/access-control.js";
import { compileForEveryCaller, type AccessMap, type AccessPolicy } from "../access/access-map.js";
import { missingIn } from "../access/decide.js";
import { explain, denialReason } from "../access/explain.js";
import { whoIs } from "../access/rights.js";
import type { CompiledRule, Requirements } from "../access/rule.js";
import { ConfigurationError, problemAt, type Problem } from "../errors.js";
import type { PromptName, ToolName } from "../session/register.js";
import { CALLER_KINDS } from "../standards/caller-kind.js";
import { createPersonaWorkOS } from "./persona-workos.js";
import { toCredential, readPersona, toSources, type Persona } from "./persona.js";

/** One use: a call of a tool, a prompt, or a resource by its URI or URI template. */
export type AccessUse =
  | { readonly tool: ToolName; readonly arguments?: Readonly<Record<string, unknown>> }
  | { readonly prompt: PromptName; readonly arguments?: Readonly<Record<string, unknown>> }
  | { readonly resource: string };

/** What a map decides about one use by one persona. */
export interface Explanation {
  /** `"depends-on-check"`: the persona has everything else, and a check of the rule was not run, or has to ask WorkOS. */
  readonly outcome: "allowed" | "denied" | "depends-on-check";
  /** Path of the rule that decides, such as `access.tools["report_*"]`; undefined when the map does not name the target. */
  readonly rule: string | undefined;
  /** Why it is denied: the reason of the answer and the log line. */
  readonly reason?: string;
  /** What the caller reads. */
  readonly message?: string;
  /** What the persona lacks. */
  readonly missing?: Partial<Requirements>;
  /** What a check threw. */
  readonly cause?: unknown;
}

/**
 * Explains what an access map decides about one use, by the code that decides at run time. Asks no server.
 *
 * A check runs when the use is complete: a tool or prompt with `arguments`, a resource by a URI that is no template.
 *
 * @example
 * ```ts
 * const agent: Persona = { organizationId: "org_01ACME", roles: ["agent"] };
 * const explanation = await explainAccess(access, agent, { tool: "refund" });
 * // explanation.outcome is "denied", its reason "role_missing"
 * ```
 * @throws ConfigurationError when the map, the persona or the use cannot be.
 * @see docs/access.md
 */
export async function explainAccess(
  map: AccessMap,
  persona: Persona,
  use: AccessUse,
): Promise<Explanation> {
  const policy = compileForEveryCaller(map, "explainAccess() cannot use this map");
  const problems: Problem[] = [];
  const read = readPersona(persona, "persona", problems);
  const wanted = readUse(use, problems);
  if (problems.length > 0) throw new ConfigurationError(problems, "explainAccess() cannot answer");
  return explainUse(policy, read, wanted);
}

/** What is asked for, in the words of MCP. */
export interface WantedUse {
  readonly method: string;
  readonly params: object;
  /** Whether it is all that a check gets to know. */
  readonly isComplete: boolean;
}

/** Writes a use as a message would have it. */
export function wantedUse(
  kind: "tool" | "prompt" | "resource",
  name: string,
  given?: Readonly<Record<string, unknown>>,
): WantedUse {
  if (kind !== "resource") {
    const method = kind === "tool" ? "tools/call" : "prompts/get";
    return { method, params: { name, arguments: given ?? {} }, isComplete: given !== undefined };
  }
  return name.includes("{")
    ? {
        method: "completion/complete",
        params: { ref: { type: "ref/resource", uri: name } },
        isComplete: false,
      }
    : { method: "resources/read", params: { uri: name }, isComplete: true };
}

function readUse(use: AccessUse, problems: Problem[]): WantedUse {
  const members: Readonly<Record<string, unknown>> = { ...use };
  const kinds = (["tool", "prompt", "resource"] as const).filter(
    (kind) => members[kind] !== undefined,
  );
  const [kind = "tool"] = kinds;
  const { [kind]: name, arguments: given, ...others } = members;
  const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
  if (
    kinds.length !== 1 ||
    typeof name !== "string" ||
    name === "" ||
    Object.keys(others).length > 0
  ) {
    problems.push(
      problemAt(
        "use",
        'must be { tool: "…", arguments? }, { prompt: "…", arguments? } or { resource: "…" }',
      ),
    );
  } else if (given !== undefined && (!isObject || kind === "resource")) {
    problems.push(problemAt("use.arguments", "must be an object, of a tool or a prompt"));
  }
  return wantedUse(kind, String(name), isObject ? { ...given } : undefined);
}

/** Marks an answer that no check gave. */
class NotAskedError extends Error {}

/** Explains a use by a map and a persona that have been checked. */
export async function explainUse(
  policy: AccessPolicy,
  persona: Persona,
  { method, params, isComplete }: WantedUse,
): Promise<Explanation> {
  const credential = toCredential(persona);
  /** Rules with a check that gave no answer of its own, and what the others threw. */
  const open = new Set<string>();
  const thrown = new Map<string, unknown>();
  let asksWorkOS = false;
  const workos = createPersonaWorkOS(persona, () => {
    asksWorkOS = true;
  });
  const control = createAccessControl({
    policy: isComplete ? policy : withoutChecks(policy),
    sources: toSources(persona),
    workos: () => workos,
    mayHelp: () => true,
    callers: CALLER_KINDS,
    reportCheck: (rule, error) => {
      if (asksWorkOS || error instanceof NotAskedError) open.add(rule);
      else thrown.set(rule, error);
    },
  });
  const judgement = await control(credential, { jsonrpc: "2.0", id: 1, method, params });
  const isOpen = ({ rule, denial }: Refused): boolean =>
    (rule !== undefined && open.has(rule)) || (asksWorkOS && denial.reason.startsWith("check_"));
  return describe(judgement, { isOpen, thrown, who: whoIs(credential) });
}

/** The same rules, whose checks give no answer. */
function withoutChecks(policy: AccessPolicy): AccessPolicy {
  const unanswered = (): never => {
    throw new NotAskedError("the check is not run");
  };
  const strip = (rule: CompiledRule): CompiledRule => ({
    ...rule,
    alternatives: rule.alternatives.map((one) => ({
      ...one,
      checks: one.checks.map(() => unanswered),
    })),
  });
  return {
    ...policy,
    ruleFor: (kind, name) => {
      const rule = policy.ruleFor(kind, name);
      return rule === undefined ? undefined : strip(rule);
    },
  };
}

function describe(
  judgement: Judgement,
  {
    isOpen,
    thrown,
    who,
  }: {
    /** Whether it depends on a check that gave no answer of its own. */
    readonly isOpen: (refused: Refused) => boolean;
    readonly thrown: ReadonlyMap<string, unknown>;
    readonly who: ReturnType<typeof whoIs>;
  },
): Explanation {
  if (judgement.kind === "admitted") {
    return { outcome: "allowed", rule: judgement.uses[0]?.rules[0]?.path };
  }
  if (judgement.kind !== "refused") {
    throw new TypeError(`explainAccess() has no answer: ${judgement.kind}`);
  }
  const { refused, further } = judgement;
  const certain = [refused, ...further].find((one) => !isOpen(one));
  if (certain === undefined) return { outcome: "depends-on-check", rule: refused.rule };
  const { denial, target, rule } = certain;
  const missing = missingIn(denial);
  return {
    outcome: "denied",
    rule,
    reason: denialReason(denial),
    message: explain(denial, target, who),
    ...(missing === undefined ? {} : { missing }),
    ...(rule !== undefined && thrown.has(rule) ? { cause: thrown.get(rule) } : {}),
  };
}
