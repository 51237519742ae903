import { readFunctionOptions, type MemberForms } from "../known-members.js";
import { closestTo } from "../standards/closest-name.js";
import { readList } from "../standards/members.js";
import { canonicalUri } from "../standards/uri.js";
import {
  compileForEveryCaller,
  type AccessMap,
  type AccessPolicy,
  type TargetKind,
} from "./access-map.js";
import { matches } from "./pattern.js";

/** What a server registers, by name and URI; what is left out is not compared. */
export interface Registered {
  /** Names of tools. */
  readonly tools?: readonly string[];
  /** URIs and URI templates of resources. */
  readonly resources?: readonly string[];
  /** Names of prompts. */
  readonly prompts?: readonly string[];
}

/** One difference between a map and a server. */
export interface AccessFinding {
  /** `not-registered`: a rule for nothing. `not-named`: something that everybody is denied. */
  readonly kind: "not-registered" | "not-named";
  /** The rule's path, or the name of what is not named. */
  readonly subject: string;
  /** What to do, in one sentence. */
  readonly message: string;
}

/**
 * Compares an access map with what a server registers, in a test or at start: every rule
 * should be about something, and everything should be named.
 *
 * Does NOT judge whether the rules are the right ones.
 *
 * @throws ConfigurationError with every mistake in the map itself, or in what is registered.
 * @example
 * ```ts
 * const findings = compareAccess(access, { tools: ["refund", "report_costs"] });
 * const messages = findings.map(({ message }) => message);
 * ```
 */
export function compareAccess(map: AccessMap, registered: Registered): readonly AccessFinding[] {
  const policy = compileForEveryCaller(map, "compareAccess() cannot compare this map");
  return findDifferences(policy, readFunctionOptions(REGISTERED, registered));
}

const NAMES = {
  fits: (value: unknown) => readList(value)?.every((name) => typeof name === "string") === true,
  must: "must be a list of names",
};
const FORMS: MemberForms<Registered> = { tools: NAMES, resources: NAMES, prompts: NAMES };
const REGISTERED = {
  path: "registered",
  forms: FORMS,
  refused: "compareAccess() cannot compare with this",
};

/** Compares a map that has been checked. */
export function findDifferences(
  policy: AccessPolicy,
  { tools, resources, prompts }: Registered,
): readonly AccessFinding[] {
  return [
    ...compareKind(policy, "tool", tools),
    ...compareKind(policy, "resource", resources?.map(canonicalUri)),
    ...compareKind(policy, "prompt", prompts),
  ];
}

function compareKind(
  policy: AccessPolicy,
  kind: TargetKind,
  names: readonly string[] | undefined,
): readonly AccessFinding[] {
  if (names === undefined) return [];
  const idle = policy
    .keys(kind)
    .filter(({ key, pattern }) => key !== "*" && !names.some((name) => matches(pattern, name)))
    .map(({ key, rule }): AccessFinding => {
      const closest = closestTo(key, names);
      const hint = closest === undefined ? "" : `; did you mean ${closest}?`;
      const message = `${rule.path} is a rule for nothing: the server has no such ${kind}${hint}`;
      return { kind: "not-registered", subject: rule.path, message };
    });
  const unnamed = names
    .filter((name) => !name.startsWith("ui://app/") && policy.ruleFor(kind, name) === undefined)
    .map((name): AccessFinding => {
      const message = `the ${kind} ${name} is denied to everybody, because access.${kind}s does not name it`;
      return { kind: "not-named", subject: name, message };
    });
  return [...idle, ...unnamed];
}
