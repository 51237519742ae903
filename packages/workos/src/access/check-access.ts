import { ConfigurationError } from "../errors.js";
import { canonicalUri } from "../standards/uri.js";
import {
  compileAccessMap,
  type AccessMap,
  type AccessPolicy,
  type TargetKind,
} from "./access-map.js";
import { matches } from "./pattern.js";

/** What a server registers, by name and URI; what is left out is not compared. */
export interface Registered {
  readonly tools?: readonly string[];
  readonly resources?: readonly string[];
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
 * @throws ConfigurationError with every mistake in the map itself.
 */
export function checkAccess(map: AccessMap, registered: Registered): readonly AccessFinding[] {
  const problems: string[] = [];
  const policy = compileAccessMap(map, new Set(["user", "application", "api-key"]), problems);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return compareAccess(policy, registered);
}

/** Compares a map that has been checked. */
export function compareAccess(
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

/** The name that is at most a third of its letters away. */
function closestTo(wanted: string, names: readonly string[]): string | undefined {
  const near = names
    .map((name) => ({ name, distance: distanceBetween(wanted, name) }))
    .filter(({ name, distance }) => distance <= Math.max(wanted.length, name.length) / 3)
    .toSorted((one, other) => one.distance - other.distance);
  return near[0]?.name;
}

/** Letters to add, drop or change to make one of the other (Levenshtein). */
function distanceBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of one.split("").entries()) {
    const next = [index + 1];
    for (let at = 0; at < other.length; at += 1) {
      const changed = (row[at] ?? 0) + (letter === other[at] ? 0 : 1);
      next.push(Math.min(changed, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
