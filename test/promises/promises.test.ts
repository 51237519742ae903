import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { titlesIn } from "../support/titles.js";
import { findProblems, type Entry, type Manifest } from "./manifest.js";
import { sentencesIn } from "./sentences.js";
import { isPromise } from "./triggers.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** docs/mutation.md reports the figures of a dated run, and is not among them. */
const DOCUMENTS = ["README.md", "SECURITY.md", "docs/*.md", "packages/*/README.md"];

const readPromises = (markdown: string) =>
  sentencesIn(markdown).filter(({ text }) => isPromise(text));

it("every promise of the documentation has the test that proves it beside it, or the reason why it is none", () => {
  const manifest = JSON.parse(
    readFileSync(new URL("promises.json", import.meta.url), "utf8"),
  ) as Manifest;
  const promises = Object.fromEntries(
    globSync(DOCUMENTS, { cwd: root, exclude: ["docs/mutation.md"] }).map((document) => [
      document,
      readPromises(readFileSync(join(root, document), "utf8")),
    ]),
  );
  const known = new Map<string, readonly string[]>();
  const getTitles = (file: string): readonly string[] | undefined => {
    if (!file.endsWith(".test.ts") || !existsSync(join(root, file))) return undefined;
    const titles =
      known.get(file) ??
      titlesIn(readFileSync(join(root, file), "utf8"))
        .filter(({ isTest }) => isTest)
        .map(({ text }) => text);
    known.set(file, titles);
    return titles;
  };
  const problems = findProblems(manifest, promises, getTitles);
  // Joined, so that what to add can be read and copied.
  expect(problems.join("\n\n")).toBe("");
  expect(Object.values(promises).flat().length).toBeGreaterThan(100);
});

describe("the check of promises", () => {
  const text = "It never sleeps.";
  const promises = { "a.md": [{ text, line: 7 }] };
  const proof: Entry = { tests: [{ file: "a.test.ts", title: "does not sleep" }] };
  const getTitles = (file: string) => (file === "a.test.ts" ? ["does not sleep"] : undefined);

  it.each<[string, Entry]>([
    ["a test that is there", proof],
    ["a reason", { kind: "instruction", reason: "it is the reader who does not sleep" }],
  ])("accepts %s", (_, entry) => {
    expect(findProblems({ "a.md": { [text]: entry } }, promises, getTitles)).toEqual([]);
  });

  it.each<[string, object, string]>([
    ["no test", { tests: [] }, "names no test"],
    ["neither test nor kind", {}, "names no test"],
    [
      "a file that is not there",
      { tests: [{ file: "b.test.ts", title: "x" }] },
      "b.test.ts is not there",
    ],
    [
      "a title that is not there",
      { tests: [{ file: "a.test.ts", title: "does not" }] },
      'a.test.ts has no test "does not" (or it is skipped)',
    ],
    [
      "one title of two that is not there",
      {
        tests: [
          { file: "a.test.ts", title: "does not sleep" },
          { file: "a.test.ts", title: "x" },
        ],
      },
      'a.test.ts has no test "x" (or it is skipped)',
    ],
    ["no reason", { kind: "definition" }, "has no reason"],
    ["a blank reason", { kind: "definition", reason: " " }, "has no reason"],
    ["a kind of its own", { kind: "later", reason: "x" }, "has the unknown kind later"],
    [
      "a reason beside tests",
      { kind: "definition", reason: "x", tests: [] },
      "has a kind and tests",
    ],
  ])("reports an entry with %s", (_, entry, fault) => {
    expect(findProblems({ "a.md": { [text]: entry as Entry } }, promises, getTitles)).toEqual([
      `a.md:7 "${text}": ${fault}`,
    ]);
  });

  it.each<[string, Manifest]>([
    ["document", {}],
    ["sentence", { "a.md": {} }],
  ])("prints what to add for a %s that the manifest does not name", (_, manifest) => {
    expect(findProblems(manifest, promises, getTitles)).toEqual([
      [
        "a.md:7 promises something, and no test is named beside it.",
        'Reword it, or add to "a.md" in test/promises/promises.json one of these:',
        '  "It never sleeps.": { "tests": [{ "file": "…/x.test.ts", "title": "…" }] },',
        '  "It never sleeps.": { "kind": "definition|instruction|fact", "reason": "…" },',
      ].join("\n"),
    ]);
  });

  it("reports an entry whose sentence or document is gone", () => {
    const manifest = { "a.md": { [text]: proof, "It was so.": proof }, "b.md": { [text]: proof } };
    expect(findProblems(manifest, promises, getTitles)).toEqual([
      'stale: "a.md" has no such promise any more, remove it: "It was so."',
      'stale: "b.md" has no such promise any more, remove it: "It never sleeps."',
    ]);
  });
});

describe("a sentence", () => {
  it.each([
    "It never sleeps.",
    "Nothing is lost.",
    "Every call is judged.",
    "Always on.",
    "It is answered within five seconds.",
    "It waits 2.5 seconds.",
    "A body of 256 KiB.",
    "10,000 tokens are cached.",
    "It is asked at most twice as often as one call.",
    "At most 8 of them.",
    "limit | 5 minutes",
    "users | 1,000",
  ])("is a promise: %s", (sentence) => {
    expect(isPromise(sentence)).toBe(true);
  });

  it.each([
    "RFC 9728 defines it.",
    "It answers 401.",
    "option | none",
    "100 checks | 413 `too_many_checks`",
    "Node 22.12 or newer is needed.",
    "Nevertheless it is so.",
    "See step 3.",
  ])("is no promise: %s", (sentence) => {
    expect(isPromise(sentence)).toBe(false);
  });
});

it("sentences are read from prose, headings, lists and cells, and not from code", () => {
  const markdown = [
    "# A heading",
    "Some **bold** text with a [link](https://example.com/never)",
    "over two lines. A second one (e.g. This)! `code` begins the third.",
    "",
    '```ts source="x"',
    "never();",
    "````ts",
    "always();",
    "```",
    "1. An item",
    "   goes on. And on.",
    "   ~~~",
    "   every",
    "   ~~~",
    "- Another",
    "> A quotation",
    "",
    "| what | how long |",
    "| --- | ---: |",
    "| keys | 30 seconds. Then not |",
    "| `a\\|b` | |",
    "Behind the table.",
    "<!-- nothing",
    "here --> After the comment.",
  ].join("\n");
  expect(sentencesIn(markdown)).toEqual([
    { text: "A heading", line: 1 },
    { text: "Some bold text with a link over two lines.", line: 2 },
    { text: "A second one (e.g. This)!", line: 2 },
    { text: "`code` begins the third.", line: 2 },
    { text: "An item goes on.", line: 10 },
    { text: "And on.", line: 10 },
    { text: "Another", line: 15 },
    { text: "A quotation", line: 16 },
    { text: "what", line: 18 },
    { text: "what | how long", line: 18 },
    { text: "keys", line: 20 },
    { text: "keys | 30 seconds.", line: 20 },
    { text: "keys | Then not", line: 20 },
    { text: "`a\\|b`", line: 21 },
    { text: "Behind the table.", line: 22 },
    { text: "After the comment.", line: 24 },
  ]);
});
