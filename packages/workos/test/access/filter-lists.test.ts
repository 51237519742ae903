import { describe, expect, it } from "vitest";
import { rewriteList, type Shows } from "../../src/access/filter-lists.js";

const shows: Shows = {
  tool: (name) => name.startsWith("a"),
  prompt: (name) => name.startsWith("a"),
  resource: (uri) => uri.startsWith("a"),
  template: (text) => text.startsWith("a"),
};

const tools = [
  { name: "ask", description: 'costs $1, says "hi"' },
  { name: "burn", description: "$& and $1" },
  { title: "no name" },
  { name: "add" },
];

describe("rewriteList", () => {
  it("keeps what the caller may use, and everything beside the list", () => {
    expect(
      rewriteList(
        JSON.stringify({ result: { tools, nextCursor: "c" }, jsonrpc: "2.0", id: 1 }),
        shows,
      ),
    ).toBe(
      '{"result":{"tools":[{"name":"ask","description":"costs $1, says \\"hi\\""},{"name":"add"}],"nextCursor":"c","cacheScope":"private"},"jsonrpc":"2.0","id":1}',
    );
  });

  it("decides anew for each caller", () => {
    const text = JSON.stringify({ id: 1, result: { tools: [{ name: "ask" }] } });
    expect(rewriteList(text, shows)).toContain('"tools":[{"name":"ask"}]');
    expect(rewriteList(text, { ...shows, tool: () => false })).toContain('"tools":[]');
    expect(rewriteList(text, shows)).toContain('"tools":[{"name":"ask"}]');
  });

  it.each([
    [
      "the last of two members of one name",
      '{"result":{"tools":[{"name":"ask"}],"tools":[{"name":"burn"}]}}',
      '{"result":{"tools":[],"cacheScope":"private"}}',
    ],
    [
      "a list of another kind beside it",
      '{"result":{"tools":[{"name":"ask"}],"prompts":[{"name":"burn"}]}}',
      '{"result":{"tools":[{"name":"ask"}],"prompts":[],"cacheScope":"private"}}',
    ],
    [
      "a list with spaces",
      '{"result": {"tools": [{"name": "burn"}]}}',
      '{"result":{"tools":[],"cacheScope":"private"}}',
    ],
    [
      "every answer of a batch",
      '[{"result":{"tools":[{"name":"burn"}]}},{"result":{"x":1}}]',
      '[{"result":{"tools":[],"cacheScope":"private"}},{"result":{"x":1}}]',
    ],
  ])("filters %s", (_name, text, filtered) => {
    expect(rewriteList(text, shows)).toBe(filtered);
  });

  it.each(['{"result":{"tools":[]}', " [1", '{"result":{"tools":[{"name":"burn"}]}}{"error":"x"}'])(
    "cannot judge %s",
    (text) => {
      expect(rewriteList(text, shows)).toBeUndefined();
    },
  );

  it("leaves everything else as it is", () => {
    for (const text of [
      "",
      "no JSON",
      "no {JSON",
      "null",
      "[]",
      '{"result":{}}',
      '{"result":{"tools":{}}}',
    ]) {
      expect(rewriteList(text, shows)).toBe(text);
    }
  });
});
