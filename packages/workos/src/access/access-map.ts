import { ConfigurationError, problemAt, type Problem } from "../errors.js";
import { readKnownMembers, UNREADABLE } from "../known-members.js";
import type { ByName, PromptName, ToolName } from "../session/register.js";
import { readMembers, type Members } from "../standards/members.js";
import { CALLER_KINDS, type CallerKind } from "../standards/caller-kind.js";
import { comparableReading } from "../standards/uri.js";
import { matches, overlap, parsePattern, type Pattern } from "./pattern.js";
import { dropRejection } from "../trail/observer.js";
import { compileRule } from "./compile-rule.js";
import { hintForWord } from "./hints.js";
import type { CompiledRule, Rule } from "./rule.js";
import { canHaveScheme, isReachable, parseUriPattern, readableForm } from "./uri-pattern.js";

/**
 * Rules by exact name or by pattern with `*`. An exact name wins over patterns, the
 * pattern with more letters over one with fewer, and `*` comes last.
 */
export type Rules = Readonly<Record<string, Rule>>;

/** Who may use what. What a map does not name is denied; without a map every caller may use everything. */
export interface AccessMap {
  /** By tool name. A tool's own UI resource (`ui://app/<tool>.html`) follows its tool. */
  readonly tools?: ByName<ToolName, Rule>;
  /** By URI, percent-encoded or not; `docs://*` and the template `docs://{id}` mean the same. */
  readonly resources?: Rules;
  /** By prompt name. */
  readonly prompts?: ByName<PromptName, Rule>;
  /** Lists show what the caller may use; `"all"` shows everything to everybody. Calls are judged either way. */
  readonly lists?: "allowed" | "all";
  /**
   * How a missing scope is said: as HTTP 403 with a challenge (MCP step-up authorization), or inside the tool's
   * result for clients that read `_meta["mcp/www_authenticate"]`.
   */
  readonly stepUp?: "http" | "tool-result";
  /**
   * Your scope hierarchy: whether a granted scope includes a required one. Equal scopes always do.
   */
  readonly impliesScope?: (granted: string, required: string) => boolean;
}

/**
 * Validates an access map at once, where it is written.
 *
 * `workosProvider()` validates it again, with the kinds of caller that it accepts. Does NOT know which tools the server
 * has: see `compareAccess()`.
 *
 * @returns its argument.
 * @throws ConfigurationError with every mistake in the map.
 * @example
 * ```ts
 * // src/access.ts
 * export const access = defineAccess({
 *   tools: {
 *     "report_*": { permissions: ["reports:read"] },
 *     refund: { role: ["lead", "admin"] },
 *     "*": "authenticated",
 *   },
 *   resources: { "handbook://*": "authenticated" },
 * });
 * ```
 * @see docs/access.md
 */
export function defineAccess(map: AccessMap): AccessMap {
  compileForEveryCaller(map, "defineAccess() was given a map that cannot work");
  return map;
}

/**
 * Compiles a map as for a server that accepts every kind of caller.
 *
 * @param refused what mistakes keep from working, in a clause for the first line of the message.
 * @throws ConfigurationError with every mistake in the map.
 */
export function compileForEveryCaller(map: AccessMap, refused: string): AccessPolicy {
  const problems: Problem[] = [];
  const policy = compileAccessMap(map, CALLER_KINDS, problems);
  if (problems.length > 0) throw new ConfigurationError(problems, refused);
  return policy;
}

/** What rules are about. */
export type TargetKind = "tool" | "resource" | "prompt";

/** A map that has been checked. */
export interface AccessPolicy {
  /** The rule for a name, or for one reading of a URI; undefined when the map does not name it. */
  readonly ruleFor: (kind: TargetKind, name: string) => CompiledRule | undefined;
  /** Every rule that decides about some name that fits the pattern. */
  readonly rulesWithin: (kind: TargetKind, pattern: Pattern) => readonly CompiledRule[];
  /** Every rule of a kind. */
  readonly rules: (kind: TargetKind) => readonly CompiledRule[];
  /** The keys of the map as written, for comparing them with what a server registers. */
  readonly keys: (kind: TargetKind) => readonly Entry[];
  readonly lists: "allowed" | "all";
  readonly stepUp: "http" | "tool-result";
  readonly satisfies: (granted: readonly string[], required: string) => boolean;
}

const SECTIONS = { tool: "tools", resource: "resources", prompt: "prompts" } as const;
const KINDS = ["tool", "resource", "prompt"] as const;
const KEYS = ["tools", "resources", "prompts", "lists", "stepUp", "impliesScope"] as const;

/** What could be a name: not empty, no control characters, no space around it. */
const NAME = /^[^\s\p{Cc}]+( +[^\s\p{Cc}]+)*$/u;

/**
 * Checks an access map as a whole.
 *
 * Finds unknown keys, rules that no caller can meet, keys that nothing can match, and
 * patterns of equal length that fit the same name but ask for different things. Does
 * NOT know which tools the server has: see `compareAccess()`.
 *
 * @param problems takes one sentence for each mistake, with its path.
 */
export function compileAccessMap(
  map: AccessMap,
  accepted: ReadonlySet<CallerKind>,
  problems: Problem[],
): AccessPolicy {
  const form = "must be an object with tools, resources and prompts";
  const known = { path: "access", names: KEYS, form };
  const given: AccessMap = readKnownMembers(known, map, problems) ?? {};
  for (const key of KEYS) {
    if (Object.hasOwn(given, key) && given[key] === undefined) {
      const isWrong =
        "is undefined, as a variable that is not set: give it a value or leave it out";
      problems.push(problemAt(`access.${key}`, isWrong));
    }
  }
  const { lists = "allowed", stepUp = "http", impliesScope } = given;
  problems.push(
    ...wordProblems("access.lists", lists, ["allowed", "all"], { full: "all" }),
    ...wordProblems("access.stepUp", stepUp, ["http", "tool-result"], { "in-band": "tool-result" }),
  );
  if (impliesScope !== undefined && typeof impliesScope !== "function") {
    problems.push(
      problemAt("access.impliesScope", "must be a function (granted, required) => boolean"),
    );
  }
  const sections = Object.fromEntries(
    KINDS.map((kind) => [kind, compileSection(kind, given[SECTIONS[kind]], accepted, problems)]),
  ) as Record<TargetKind, Section>;

  return Object.freeze({
    ruleFor: (kind, name) =>
      ruleIn(sections[kind], kind === "resource" ? comparableReading(name) : name),
    rulesWithin: (kind, pattern) => within(sections[kind], pattern),
    rules: (kind) => sections[kind].all.map(({ rule }) => rule),
    keys: (kind) => sections[kind].all,
    lists,
    stepUp,
    satisfies: (granted, required) =>
      granted.includes(required) ||
      (impliesScope !== undefined &&
        granted.some((scope) => implies(impliesScope, scope, required))),
  } satisfies AccessPolicy);
}

function wordProblems(
  path: string,
  given: unknown,
  words: readonly string[],
  older: Readonly<Record<string, string>>,
): readonly Problem[] {
  if (typeof given === "string" && words.includes(given)) return [];
  return [problemAt(path, hintForWord(given, words, older))];
}

function ruleIn({ exact, patterns }: Section, name: string): CompiledRule | undefined {
  return exact.get(name)?.rule ?? patterns.find(({ pattern }) => matches(pattern, name))?.rule;
}

function implies(
  impliesScope: NonNullable<AccessMap["impliesScope"]>,
  granted: string,
  required: string,
): boolean {
  try {
    const said: unknown = impliesScope(granted, required);
    // One that answers later has not answered, and its rejection must not end the process.
    dropRejection(said);
    return said === true;
  } catch {
    // A hierarchy that throws includes nothing.
    return false;
  }
}

/** From the rule that goes first to the one that covers the whole pattern: what comes after it decides nothing. */
function within({ exact, patterns }: Section, pattern: Pattern): readonly CompiledRule[] {
  const rules: CompiledRule[] = [];
  for (const entry of [...exact.values(), ...patterns]) {
    if (!overlap(entry.pattern, pattern)) continue;
    rules.push(entry.rule);
    // The star of the inner pattern is a letter that only a star of the outer one can take.
    if (matches(entry.pattern, pattern.text)) break;
  }
  return rules;
}

/** One line of a map. */
export interface Entry {
  readonly key: string;
  readonly pattern: Pattern;
  readonly rule: CompiledRule;
}

interface Section {
  readonly exact: ReadonlyMap<string, Entry>;
  /** The longest first. */
  readonly patterns: readonly Entry[];
  readonly all: readonly Entry[];
}

function compileSection(
  kind: TargetKind,
  given: Rules | undefined,
  accepted: ReadonlySet<CallerKind>,
  problems: Problem[],
): Section {
  const section = `access.${SECTIONS[kind]}`;
  const rules = given === undefined ? {} : readRules(given, section, problems);
  const all = Object.entries(rules).map(([key, rule]): Entry => {
    const path = `${section}[${JSON.stringify(key)}]`;
    const pattern = kind === "resource" ? parseUriPattern(key) : parsePattern(key);
    problems.push(...keyProblems(kind, key, pattern, path));
    return { key, pattern, rule: compileRule(rule, path, accepted, problems) };
  });
  const patterns = all
    .filter(({ pattern }) => !pattern.isExact)
    .toSorted((one, other) => other.pattern.literalLength - one.pattern.literalLength);
  problems.push(...repetitions(all), ...contradictions(patterns));
  const exact = all.filter(({ pattern }) => pattern.isExact);
  return { exact: new Map(exact.map((entry) => [entry.pattern.text, entry])), patterns, all };
}

/** Every rule of a section, inherited ones included; none of what is not an object. */
function readRules(given: unknown, path: string, problems: Problem[]): Members {
  const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
  const members = isObject ? readMembers(given) : undefined;
  if (members !== undefined) return members;
  const isWrong = isObject ? UNREADABLE : "must be an object from names to rules";
  problems.push(problemAt(path, isWrong));
  return {};
}

/** Why a key can never match what a caller names. */
function keyProblems(
  kind: TargetKind,
  key: string,
  pattern: Pattern,
  path: string,
): readonly Problem[] {
  if (!NAME.test(key)) {
    return [problemAt(path, "can match nothing: no name is empty or has spaces around it")];
  }
  if (kind !== "resource") return [];
  if (pattern.text.startsWith("ui://app/")) {
    const message = `${path}: a tool's own UI follows its tool; name the tool under access.tools`;
    return [{ path, message }];
  }
  if (!canHaveScheme(pattern)) {
    const isWrong =
      "can match nothing: every URI begins with a scheme; write it as it is registered, such as docs://guide";
    return [problemAt(path, isWrong)];
  }
  if (isReachable(pattern)) return [];
  const form = readableForm(pattern);
  return [
    problemAt(
      path,
      form === undefined
        ? "can match nothing: servers read every URI that fits it as another one"
        : `can match nothing: written as servers read it, it is ${form}`,
    ),
  ];
}

/** Keys that name what an earlier key names. */
function repetitions(all: readonly Entry[]): Problem[] {
  const earlier = new Map<string, Entry>();
  return all.flatMap((entry) => {
    const { text } = entry.pattern;
    const first = earlier.get(text);
    if (first !== undefined) {
      return [
        problemAt(entry.rule.path, `is unreachable: ${first.rule.path} matches the same names`),
      ];
    }
    earlier.set(text, entry);
    return [];
  });
}

/** Pairs of patterns of which none is the longer, that ask for different things of the same name. */
function contradictions(patterns: readonly Entry[]): Problem[] {
  const problems: Problem[] = [];
  for (const [index, one] of patterns.entries()) {
    for (const other of patterns.slice(index + 1)) {
      if (one.pattern.literalLength !== other.pattern.literalLength) break;
      if (one.pattern.text === other.pattern.text) continue;
      const agree = isSame(one.rule.alternatives, other.rule.alternatives);
      if (!agree && overlap(one.pattern, other.pattern)) {
        problems.push(
          problemAt(
            one.rule.path,
            `and ${other.rule.path} contradict each other: a name can fit both, and none is ` +
              "the longer; add a longer pattern or the exact name",
          ),
        );
      }
    }
  }
  return problems;
}

/** Whether two rules ask for the same; checks are the same only when they are one function. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || one === null || typeof other !== "object" || other === null) {
    return one === other;
  }
  const [mine, theirs] = [Object.entries(one), Object.entries(other)];
  return (
    mine.length === theirs.length &&
    mine.every(([key, value]) => isSame(value, (other as Record<string, unknown>)[key]))
  );
}
