import { problemAt, unknownAt, type Problem } from "../errors.js";
import { closestTo } from "../standards/closest-name.js";

/** Other names that a key is given, and older forms of the grammar. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  roles: "role",
  callers: "caller",
  kind: "caller",
  kinds: "caller",
  callerKind: "caller",
  organizationId: "organization",
  organizationIds: "organization",
  organisation: "organization",
  org: "organization",
  orgs: "organization",
  orgId: "organization",
  flag: "featureFlags",
  flags: "featureFlags",
  feature: "featureFlags",
  features: "featureFlags",
  any: "anyOf",
  oneOf: "anyOf",
  some: "anyOf",
  or: "anyOf",
};

/** Keys of other grammars, and how this one does without them. */
const UNNEEDED: Readonly<Record<string, string>> = {
  allOf: "everything in one object is needed anyway",
  all: "everything in one object is needed anyway",
  and: "everything in one object is needed anyway",
  not: "say who may, and not who may not",
  except: "say who may, and not who may not",
};

/** Words that other grammars have for a rule. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  true: "authenticated",
  allow: "authenticated",
  allowed: "authenticated",
  any: "authenticated",
  anyone: "authenticated",
  everyone: "authenticated",
  public: "authenticated",
  "*": "authenticated",
  false: "denied",
  deny: "denied",
  none: "denied",
  forbidden: "denied",
};

/** Builds the problem of an unknown key of a condition: what to write in its place. */
export function unknownKeyAt(
  path: string,
  key: string,
  value: unknown,
  keys: readonly string[],
): Problem {
  const unneeded = Object.hasOwn(UNNEEDED, key) ? UNNEEDED[key] : undefined;
  if (unneeded !== undefined) return problemAt(`${path}.${key}`, `is not a key: ${unneeded}`);
  const name = Object.hasOwn(OTHER_NAMES, key) ? OTHER_NAMES[key] : undefined;
  if (name === undefined || !keys.includes(name)) return unknownAt(path, key, keys);
  if (key !== "roles" && key !== "callers") {
    return problemAt(`${path}.${key}`, `is unknown: is ${name} meant?`);
  }
  // No value is repeated: it may be a secret that stands in the wrong place.
  if (!Array.isArray(value) || value.length === 1) {
    return problemAt(`${path}.${key}`, `is not a key: write ${name}: "…"`);
  }
  // Earlier, roles asked for all of its list.
  const several = key === "roles" ? '; for several at once, role: "…", anyOf: [{ role: "…" }]' : "";
  return problemAt(
    `${path}.${key}`,
    `is not a key: write ${name}: […], of which any will do${several}`,
  );
}

/** Describes a value that is no rule: what to write in its place. */
export function hintForRule(given: unknown): string {
  if (Array.isArray(given)) {
    return "is a list, which could mean all or any of it: write { anyOf: [ … ] } for any";
  }
  const words = 'must be "authenticated", "denied" or a condition such as { role: "admin" }';
  if (typeof given !== "string" && typeof given !== "boolean") return words;
  const word = String(given).toLowerCase();
  const meant = Object.hasOwn(OTHER_WORDS, word)
    ? OTHER_WORDS[word]
    : closestTo(word, ["authenticated", "denied"]);
  return meant === undefined ? words : `${words}: is "${meant}" meant?`;
}

/** Describes a value that is no condition in an `anyOf`. */
export function hintForAlternative(given: unknown): string {
  if (Array.isArray(given)) return "is a list: write its conditions into the anyOf around it";
  if (given === "authenticated") {
    return 'must be a condition: with "authenticated" among them, anyOf asks for nothing; leave anyOf out';
  }
  if (given === "denied") return "must be a condition: leave out what denies";
  return 'must be a condition such as { role: "admin" }';
}

/** Describes an older or misspelt word of an option: what to write in its place. */
export function hintForWord(
  given: unknown,
  words: readonly string[],
  older: Readonly<Record<string, string>>,
): string {
  const mustBe = `must be ${words.map((word) => `"${word}"`).join(" or ")}`;
  if (typeof given !== "string") return mustBe;
  if (Object.hasOwn(older, given)) return `${mustBe}; "${given}" is now "${older[given]}"`;
  const meant = closestTo(given, words);
  return meant === undefined ? mustBe : `${mustBe}: is "${meant}" meant?`;
}
