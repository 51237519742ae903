import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { citedIn, idsIn } from "./citations.js";
import { problemsOf, type Manifest } from "./manifest.js";

const numbers = (prefix: string, from: number, to: number): string[] =>
  Array.from(
    { length: to - from + 1 },
    (_, index) => `${prefix}-${String(from + index).padStart(2, "0")}`,
  );

/** Every id of the checklist. */
const IDS: readonly string[] = [
  ...numbers("RS", 1, 17),
  ...numbers("RS", 20, 35),
  ...numbers("RS", 40, 58),
  ...numbers("RS", 60, 69),
  ...numbers("RS", 70, 81),
  ...numbers("RS", 90, 97),
  ...numbers("RS", 100, 102),
  ...numbers("AS", 1, 13),
  // The bug classes on record for MCP auth libraries: each has an attack.
  ...numbers("T", 1, 24),
];

/** Discovery, challenges and token validation: what this server is for. */
const CORE: readonly string[] = IDS.filter(
  (id) => id.startsWith("RS-") && Number(id.slice(3)) < 60,
);

const root = fileURLToPath(new URL("../../", import.meta.url));
const manifest = JSON.parse(
  readFileSync(new URL("requirements.json", import.meta.url), "utf8"),
) as Manifest;

it("the list of requirements is complete and true: what is marked proved is cited by a test, and nothing else is", () => {
  expect(problemsOf(manifest, citedIn(root), IDS)).toEqual([]);
});

it("all of discovery, challenges and token validation is proved, but for what is optional and not offered", () => {
  expect(CORE.filter((id) => manifest[id]?.status !== "proved")).toEqual(["RS-10", "RS-54"]);
});

describe("the check itself", () => {
  const line = { text: "x", status: "proved" } as const;
  const cited = new Map([["RS-01", ["a.test.ts"]]]);

  it("is content with what is true", () => {
    expect(problemsOf({ "RS-01": line }, cited, ["RS-01"])).toEqual([]);
    expect(
      problemsOf({ "RS-01": { text: "x", status: "later", reason: "y" } }, new Map(), ["RS-01"]),
    ).toEqual([]);
  });

  it.each<[string, Manifest, ReadonlyMap<string, readonly string[]>, string]>([
    ["a gap", { "RS-01": line }, new Map(), "RS-01 is marked proved, but no test's title cites it"],
    ["a missing line", {}, new Map(), "RS-01 is not in the manifest"],
    [
      "an id that does not exist",
      { "RS-01": line },
      new Map([...cited, ["RS-99", ["b.test.ts"]]]),
      "b.test.ts cites RS-99, which does not exist",
    ],
    [
      "no reason",
      { "RS-01": { text: "x", status: "later" } },
      new Map(),
      "RS-01 is marked later without a reason",
    ],
    [
      "a blank reason",
      { "RS-01": { text: "x", status: "not-applicable", reason: " " } },
      new Map(),
      "RS-01 is marked not-applicable without a reason",
    ],
    [
      "a list that lags behind",
      { "RS-01": { text: "x", status: "later", reason: "y" } },
      cited,
      "RS-01 is marked later, but a.test.ts cites it: mark it proved",
    ],
    [
      "a line that is no requirement",
      { "RS-01": line, "RS-99": { text: "x", status: "later", reason: "y" } },
      cited,
      "RS-99 is no requirement of the checklist",
    ],
    ["no text", { "RS-01": { ...line, text: "" } }, cited, "RS-01 has no text"],
    [
      "a status of its own",
      { "RS-01": { ...line, status: "done" as "proved", reason: "y" } },
      new Map(),
      "RS-01 has the unknown status done",
    ],
  ])("finds %s", (_, planted, citations, problem) => {
    expect(problemsOf(planted, citations, ["RS-01"])).toEqual([problem]);
  });

  it("reads titles of it, test and describe, in every form, and nothing else", () => {
    const source = `
      // RS-01 in a comment
      const text = "RS-02 in a string";
      it("RS-03: plain", () => { log("RS-04 in a body"); });
      test(\`RS-05 \${name}\`, () => {});
      describe('RS-06 and RS-07', () => { it("nested (RS-08)", () => {}); });
      it.each([["RS-09"]])("RS-10: %s", () => {});
      it.each\`a\${1}\`("RS-11: $a", () => {});
      test.for([1])("RS-100: %d", () => {});
      it.concurrent("AS-01: x", () => {});
      it.skip("RS-12: skipped", () => {});
      it.todo("RS-13: planned");
      describe.skipIf(true)("RS-14: x", () => {});
      expect("RS-15");
    `;
    expect([...idsIn(source)].toSorted()).toEqual([
      "AS-01",
      "RS-03",
      "RS-05",
      "RS-06",
      "RS-07",
      "RS-08",
      "RS-10",
      "RS-100",
      "RS-11",
    ]);
  });
});
