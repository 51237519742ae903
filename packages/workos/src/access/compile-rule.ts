import { ORGANIZATION_ID, type OrganizationId } from "../authkit/claims.js";
import { problemAt, type Problem } from "../errors.js";
import { UNREADABLE } from "../known-members.js";
import { readList, readMembers, type Members } from "../standards/members.js";
import { isScope } from "../standards/scope.js";
import { CALLER_KINDS, NO_AGENTS_YET, type CallerKind } from "../standards/caller-kind.js";
import { hintForAlternative, hintForRule, unknownKeyAt } from "./hints.js";
import { isSome, type Alternative, type Check, type CompiledRule, type Condition } from "./rule.js";

/** Conditions of one rule at most, nested ones included. */
const MAX_CONDITIONS = 100;
/** How deep conditions may be nested in one another. */
const MAX_DEPTH = 5;

type Key = keyof Condition;

const REQUIREMENTS: readonly Key[] = [
  "permissions",
  "role",
  "scopes",
  "organization",
  "featureFlags",
  "caller",
];
const CONDITION: readonly Key[] = [...REQUIREMENTS, "check", "anyOf"];

const SLUG = /^[^\s,]{1,200}$/;

/** Asks for nothing: what `"authenticated"` means, since every caller here is. */
const NOTHING: Alternative = Object.freeze({
  permissions: [],
  featureFlags: [],
  scopes: [],
  roles: [],
  organizations: [],
  needsOrganization: false,
  callers: [],
  checks: [],
});

/** What compiling a rule takes along. */
interface Compilation {
  readonly accepted: ReadonlySet<CallerKind>;
  readonly keys: readonly Key[];
  readonly hint: (given: unknown) => string;
  readonly problems: Problem[];
  conditions: number;
}

/** Where a condition stands, and what the ones around it ask for. */
interface Place {
  readonly path: string;
  readonly outer: Alternative;
  readonly depth: number;
}

/**
 * Checks a rule and lists the ways to meet it: one for each innermost condition, with all that the conditions around
 * it ask for.
 *
 * Finds unknown keys, empty lists, values of the wrong form, and conditions that
 * no caller can meet, such as the role of an API key. Does NOT ask WorkOS whether a
 * permission, role or flag exists.
 *
 * @param accepted the kinds of caller that the server accepts at all.
 * @param problems receives each mistake, with the rule's path.
 * @returns a rule that denies all callers when there are mistakes.
 */
export function compileRule(
  rule: unknown,
  path: string,
  accepted: ReadonlySet<CallerKind>,
  problems: Problem[],
): CompiledRule {
  if (rule === "authenticated") return Object.freeze({ path, alternatives: [NOTHING] });
  if (rule === "denied") return Object.freeze({ path, alternatives: [] });
  return compile(rule, path, accepted, { keys: CONDITION, hint: hintForRule, problems });
}

/** Checks requirements, which have neither `check` nor `anyOf`, likewise. */
export function compileRequirements(
  requirements: unknown,
  path: string,
  accepted: ReadonlySet<CallerKind>,
  problems: Problem[],
): CompiledRule {
  const hint = (): string => 'must be requirements such as { permissions: ["reports:read"] }';
  return compile(requirements, path, accepted, { keys: REQUIREMENTS, hint, problems });
}

function compile(
  given: unknown,
  path: string,
  accepted: ReadonlySet<CallerKind>,
  form: Pick<Compilation, "keys" | "hint" | "problems">,
): CompiledRule {
  const { problems } = form;
  const before = problems.length;
  const alternatives = expand(
    given,
    { path, outer: NOTHING, depth: 0 },
    { ...form, accepted, conditions: 0 },
  );
  return Object.freeze({ path, alternatives: problems.length > before ? [] : alternatives });
}

/** The ways to meet a condition together with the ones around it. */
function expand(
  given: unknown,
  { path, outer, depth }: Place,
  compilation: Compilation,
): readonly Alternative[] {
  const { problems } = compilation;
  compilation.conditions += 1;
  if (compilation.conditions > MAX_CONDITIONS) {
    if (compilation.conditions === MAX_CONDITIONS + 1) {
      problems.push(
        problemAt(path, `is one condition too many: a rule has ${MAX_CONDITIONS} at most`),
      );
    }
    return [];
  }
  const asked = readCondition(given, path, depth, compilation);
  const own = readAlternative(asked, path, problems);
  const merged = merge(outer, own, path, problems);
  const unmeetable = findUnmeetable(merged, path, compilation.accepted);
  problems.push(...unmeetable);
  if (asked["anyOf"] === undefined) return [merged];
  if (depth === MAX_DEPTH) {
    problems.push(
      problemAt(`${path}.anyOf`, `is nested too deep: conditions nest ${MAX_DEPTH} deep at most`),
    );
    return [];
  }
  const listed = readList(asked["anyOf"]);
  if (listed === undefined || listed.length === 0) {
    problems.push(
      problemAt(
        `${path}.anyOf`,
        "must be a list of conditions, with at least one, without holes and without members of its own",
      ),
    );
  }
  // What is wrong with this condition is said once, and not of each that it is around.
  const around = unmeetable.length > 0 ? NOTHING : merged;
  return (listed ?? []).flatMap((one, index) =>
    expand(one, { path: `${path}.anyOf[${index}]`, outer: around, depth: depth + 1 }, compilation),
  );
}

/** The members of a condition; none of what is not an object. */
function readCondition(
  given: unknown,
  path: string,
  depth: number,
  { keys, hint, problems }: Compilation,
): Members {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    problems.push(problemAt(path, depth === 0 ? hint(given) : hintForAlternative(given)));
    return {};
  }
  // Inherited members and those of getters count: without them a rule would ask for less than was written.
  const asked = readMembers(given, keys);
  if (asked === undefined) {
    problems.push(problemAt(path, UNREADABLE));
    return {};
  }
  if (Object.keys(asked).length === 0) {
    problems.push(
      problemAt(
        path,
        depth === 0
          ? 'asks for nothing; write "authenticated" if every caller may'
          : "asks for nothing, so that its anyOf asks for nothing; leave anyOf out, or say what is needed",
      ),
    );
  }
  for (const key of Object.keys(asked)) {
    if (!keys.includes(key as Key)) {
      problems.push(unknownKeyAt(path, key, asked[key], keys));
    } else if (asked[key] === undefined) {
      // Dropped, it would leave a rule that asks for less than was written.
      problems.push(
        problemAt(`${path}.${key}`, "is undefined; leave it out, or is a variable not set?"),
      );
    }
  }
  return asked;
}

/** What a condition asks for itself, apart from the ones in its anyOf. */
function readAlternative(asked: Members, path: string, problems: Problem[]): Alternative {
  const fail = (key: Key, mustBe: string): readonly never[] => {
    problems.push(problemAt(`${path}.${key}`, `must be ${mustBe}`));
    return [];
  };
  const readAll = (
    key: Key,
    what: string,
    isGood: (one: string) => boolean = (one) => SLUG.test(one),
  ): readonly string[] => {
    const value = asked[key];
    if (value === undefined) return [];
    const found = strings(readList(value), isGood);
    if (found !== undefined) return found;
    const hint = typeof value === "string" && isGood(value) ? `: write ${key}: ["…"]` : "";
    return fail(key, `a list of ${what}, with at least one${hint}`);
  };
  const readAny = (
    key: Key,
    mustBe: string,
    isGood: (one: string) => boolean,
  ): readonly string[] => {
    const value = asked[key];
    if (value === undefined) return [];
    return strings(Array.isArray(value) ? readList(value) : [value], isGood) ?? fail(key, mustBe);
  };

  const organization = asked["organization"];
  return {
    permissions: readAll("permissions", "permission slugs"),
    featureFlags: readAll("featureFlags", "feature flag slugs"),
    scopes: readAll("scopes", "OAuth scopes (RFC 6749 section 3.3)", isScope),
    roles: [
      readAny("role", "a role slug, or a list of them of which any will do", (one) =>
        SLUG.test(one),
      ),
    ].filter(isSome),
    organizations:
      organization === "required"
        ? []
        : (readAny(
            "organization",
            `"required", an ID (org_…), or a list of IDs of which any will do${
              organization === "some" ? '; "some" is now "required"' : ""
            }`,
            (one) => ORGANIZATION_ID.test(one),
          ) as readonly OrganizationId[]),
    needsOrganization: organization !== undefined,
    callers: readAny(
      "caller",
      `${KINDS}, or a list of these of which any will do${
        [asked["caller"]].flat().includes("agent") ? `; ${NO_AGENTS_YET}` : ""
      }`,
      (one) => CALLER_KINDS.has(one as CallerKind),
    ) as readonly CallerKind[],
    checks: readCheck(asked["check"], path, problems),
  };
}

const KINDS = [...CALLER_KINDS].map((kind) => `"${kind}"`).join(", ");

function readCheck(check: unknown, path: string, problems: Problem[]): readonly Check[] {
  if (check === undefined) return [];
  if (typeof check !== "function") {
    problems.push(problemAt(`${path}.check`, "must be a function"));
    return [];
  }
  if (check.length > 1) {
    problems.push(
      problemAt(
        `${path}.check`,
        "must take one argument, the call; who calls is call.caller: ({ caller, arguments: args }) => …",
      ),
    );
  }
  return [check as Check];
}

/** Strings of a list, each once; undefined when there is none, or one that is not good. */
function strings(
  listed: readonly unknown[] | undefined,
  isGood: (one: string) => boolean,
): readonly string[] | undefined {
  const isFitting = (one: unknown): one is string => typeof one === "string" && isGood(one);
  if (listed === undefined || listed.length === 0 || !listed.every(isFitting)) return undefined;
  return Object.freeze([...new Set(listed)]);
}

/** What both conditions ask for, of which the inner one stands in the anyOf of the outer one. */
function merge(
  outer: Alternative,
  inner: Alternative,
  path: string,
  problems: Problem[],
): Alternative {
  if (outer === NOTHING) return Object.freeze(inner);
  const both = <T>(key: Key, one: readonly T[], other: readonly T[]): readonly T[] => {
    if (one.length === 0) return other;
    if (other.length === 0) return one;
    const shared = one.filter((each) => other.includes(each));
    if (shared.length === 0) {
      problems.push(
        problemAt(
          `${path}.${key}`,
          "excludes all that the conditions around it allow, so that no caller can meet both",
        ),
      );
    }
    return shared;
  };
  const union = (one: readonly string[], other: readonly string[]): readonly string[] =>
    Object.freeze([...new Set([...one, ...other])]);
  return Object.freeze({
    permissions: union(outer.permissions, inner.permissions),
    featureFlags: union(outer.featureFlags, inner.featureFlags),
    scopes: union(outer.scopes, inner.scopes),
    roles: Object.freeze([...outer.roles, ...inner.roles]),
    organizations: both("organization", outer.organizations, inner.organizations),
    needsOrganization: outer.needsOrganization || inner.needsOrganization,
    callers: both("caller", outer.callers, inner.callers),
    checks: Object.freeze([...new Set([...outer.checks, ...inner.checks])]),
  });
}

/** What no caller that the server accepts can ever have. */
function findUnmeetable(
  { roles, scopes, callers }: Alternative,
  path: string,
  accepted: ReadonlySet<CallerKind>,
): readonly Problem[] {
  const wanted = callers.length === 0 ? [...accepted] : callers;
  const possible = wanted.filter((caller) => accepted.has(caller));
  if (possible.length === 0) {
    const isWrong = `names only kinds of caller that the server turns away; add ${wanted.join(" or ")} to callers`;
    return [problemAt(`${path}.caller`, isWrong)];
  }
  const only = (...kinds: readonly CallerKind[]): boolean =>
    possible.every((caller) => kinds.includes(caller));
  const problems: Problem[] = [];
  if (roles.length > 0 && only("application", "api-key")) {
    problems.push(
      problemAt(
        path,
        "asks machines for a role, which they do not have; leave it out of what is for them, and ask API keys for permissions",
      ),
    );
  }
  if (scopes.length > 0 && only("api-key")) {
    problems.push(
      problemAt(path, "asks API keys for scopes, which they do not have; use permissions"),
    );
  }
  return problems;
}
