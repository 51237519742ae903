import { expect, it } from "vitest";
import { rewriteList } from "../../src/access/filter-lists.js";

const nested = (depth: number, inside = ""): string =>
  "[".repeat(depth) + inside + "]".repeat(depth);
const everything = {
  tool: () => true,
  prompt: () => true,
  resource: () => true,
  template: () => true,
};

it.each([
  ["an item", `{"id":1,"result":{"tools":[{"name":"a","inputSchema":${nested(100_000)}}]}}`],
  ["a list of answers", nested(100_000, '{"id":1,"result":{"tools":[]}}')],
])("T-18: %s that is nested too deep to filter is not shown, and no error", (_, text) => {
  expect(rewriteList(text, everything)).toBeUndefined();
});

it("passes an answer without a list, however deep it is nested", () => {
  const text = `{"id":1,"result":{"content":${nested(100_000)}}}`;
  expect(rewriteList(text, everything)).toBe(text);
});
