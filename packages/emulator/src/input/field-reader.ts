import { suggest } from "./nearest.js";

/** One thing that is wrong: `path` is written as in `users[2].email`, `message` completes it: "must be …". */
export interface FieldProblem {
  /** Where it is; empty for the whole. */
  readonly path: string;
  /** What the field must be; completes a sentence that begins with the path. */
  readonly message: string;
}

/** A rule for a text: `matches` decides, `expected` completes the sentence "must be …". */
export interface TextRule {
  readonly expected: string;
  matches(text: string): boolean;
}

/**
 * Reads the fields of one object and writes down what is wrong with them.
 *
 * A field that is wrong yields a harmless value of its type: the caller must not use the result once `problems` has
 * an entry.
 */
export interface FieldReader {
  text(name: string, rule?: TextRule): string;
  optionalText(name: string, rule?: TextRule): string | undefined;
  optionalFlag(name: string): boolean | undefined;
  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice;
  optionalChoice<Choice extends string>(
    name: string,
    choices: readonly Choice[],
  ): Choice | undefined;
  texts(name: string, rule?: TextRule): string[];
  optionalTexts(name: string, rule?: TextRule): string[] | undefined;
  optionalRecord(name: string): Record<string, string> | undefined;
  /** A list of objects; left out, it is empty. */
  items<Item>(name: string, readItem: (reader: FieldReader) => Item): Item[];
  optionalItems<Item>(name: string, readItem: (reader: FieldReader) => Item): Item[] | undefined;
  optionalItem<Item>(name: string, readItem: (reader: FieldReader) => Item): Item | undefined;
  /** A value of any other type; `expected` completes the sentence "must be …". Undefined when it is wrong. */
  value<Value>(
    name: string,
    matches: (value: unknown) => value is Value,
    expected: string,
  ): Value | undefined;
  optionalValue<Value>(
    name: string,
    matches: (value: unknown) => value is Value,
    expected: string,
  ): Value | undefined;
  /** Reports the fields that were not read: a misspelt name must not pass for an absent one. */
  finish(kind: string): void;
}

/** Where an object is, and what a field of it is called: "a field of a seed". */
interface ObjectContext {
  readonly path: string;
  readonly kind: string;
  readonly problems: FieldProblem[];
}

function createFieldReader(value: unknown, { kind, path, problems }: ObjectContext): FieldReader {
  const fields = isRecord(value) ? value : {};
  const known = new Set<string>();
  // Inside an option such as `seed`, the names are fields.
  const inside = { kind: kind.startsWith("an option") ? "a field" : kind, problems };
  if (!isRecord(value)) problems.push({ path, message: "must be an object" });

  const pathOf = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const report = (at: string, message: string): void => void problems.push({ path: at, message });

  function take(name: string): unknown {
    known.add(name);
    return Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined;
  }

  function checkText(found: unknown, at: string, rule: TextRule | undefined): string {
    if (typeof found !== "string" || found === "") {
      report(at, found === undefined ? "is missing" : "must be a non-empty text");
      return "";
    }
    if (rule !== undefined && !rule.matches(found)) report(at, `must be ${rule.expected}`);
    return found;
  }

  function list<Item>(
    name: string,
    found: unknown,
    readItem: (item: unknown, at: string) => Item,
  ): Item[] {
    if (Array.isArray(found))
      return found.map((item: unknown, index) => readItem(item, `${pathOf(name)}[${index}]`));
    report(pathOf(name), "must be a list");
    return [];
  }

  function readChoice<Choice extends string>(
    name: string,
    found: unknown,
    choices: readonly Choice[],
  ): Choice {
    const choice = choices.find((candidate) => candidate === found);
    if (choice === undefined) report(pathOf(name), `must be one of ${choices.join(", ")}`);
    return choice ?? (choices[0] as Choice);
  }

  function readItems<Item>(
    name: string,
    readItem: (reader: FieldReader) => Item,
  ): Item[] | undefined {
    const found = take(name);
    if (found === undefined) return undefined;
    return list(name, found, (item, at) => readObject(item, { ...inside, path: at }, readItem));
  }

  return {
    text: (name, rule) => checkText(take(name), pathOf(name), rule),
    optionalText(name, rule) {
      const found = take(name);
      return found === undefined ? undefined : checkText(found, pathOf(name), rule);
    },
    optionalFlag(name) {
      const found = take(name);
      if (found === undefined || typeof found === "boolean") return found;
      report(pathOf(name), "must be true or false");
      return undefined;
    },
    choice: (name, choices) => readChoice(name, take(name), choices),
    optionalChoice(name, choices) {
      const found = take(name);
      return found === undefined ? undefined : readChoice(name, found, choices);
    },
    texts: (name, rule) => list(name, take(name), (item, at) => checkText(item, at, rule)),
    optionalTexts(name, rule) {
      const found = take(name);
      return found === undefined
        ? undefined
        : list(name, found, (item, at) => checkText(item, at, rule));
    },
    optionalRecord(name) {
      const found = take(name);
      if (found === undefined) return undefined;
      if (isRecord(found)) {
        const entries = Object.entries(found);
        return Object.fromEntries(
          entries.map(([key, item]) => [key, checkText(item, `${pathOf(name)}.${key}`, undefined)]),
        );
      }
      report(pathOf(name), "must be an object");
      return undefined;
    },
    items: (name, readItem) => readItems(name, readItem) ?? [],
    optionalItems: readItems,
    optionalItem(name, readItem) {
      const found = take(name);
      return found === undefined
        ? undefined
        : readObject(found, { ...inside, path: pathOf(name) }, readItem);
    },
    value(name, matches, expected) {
      const found = take(name);
      if (matches(found)) return found;
      report(pathOf(name), found === undefined ? "is missing" : `must be ${expected}`);
      return undefined;
    },
    optionalValue(name, matches, expected) {
      const found = take(name);
      if (found === undefined || matches(found)) return found;
      report(pathOf(name), `must be ${expected}`);
      return undefined;
    },
    finish(kind) {
      for (const name of Object.keys(fields))
        if (!known.has(name)) report(pathOf(name), `is not ${kind}.${suggest(name, [...known])}`);
    },
  };
}

/** Reads one object with `readItem` and reports the fields that it did not ask for. */
export function readObject<Item>(
  value: unknown,
  context: ObjectContext,
  readItem: (reader: FieldReader) => Item,
): Item {
  const reader = createFieldReader(value, context);
  const item = readItem(reader);
  if (isRecord(value)) reader.finish(context.kind);
  return item;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
