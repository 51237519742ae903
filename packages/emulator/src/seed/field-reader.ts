import type { SeedProblem } from "./seed-error.js";

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
  /** Reports the fields that nobody asked for: a misspelt name must not pass for an absent one. */
  finish(): void;
}

function createFieldReader(value: unknown, path: string, problems: SeedProblem[]): FieldReader {
  const fields = isRecord(value) ? value : {};
  const known = new Set<string>();
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
    return list(name, found, (item, at) => readObject(item, at, problems, readItem));
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
      return found === undefined ? undefined : readObject(found, pathOf(name), problems, readItem);
    },
    finish() {
      for (const name of Object.keys(fields))
        if (!known.has(name)) report(pathOf(name), "is not a field of a seed");
    },
  };
}

/** Reads one object with `readItem` and reports the fields that it did not ask for. */
export function readObject<Item>(
  value: unknown,
  path: string,
  problems: SeedProblem[],
  readItem: (reader: FieldReader) => Item,
): Item {
  const reader = createFieldReader(value, path, problems);
  const item = readItem(reader);
  if (isRecord(value)) reader.finish();
  return item;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
