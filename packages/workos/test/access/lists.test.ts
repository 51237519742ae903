import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createListRewriter, filterLists, type Shows } from "../../src/access/lists.js";

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

describe("createListRewriter", () => {
  it("filters a list that it sees for the first time, and one that it knows, alike", () => {
    const rewrite = createListRewriter("mark");
    const answer = (id: number | string): string =>
      JSON.stringify({ result: { tools, nextCursor: "c" }, jsonrpc: "2.0", id });
    const filtered = (id: number | string): string =>
      `{"result":{"tools":[{"name":"ask","description":"costs $1, says \\"hi\\""},{"name":"add"}],"nextCursor":"c","cacheScope":"private"},"jsonrpc":"2.0","id":${JSON.stringify(id)}}`;
    expect(rewrite(answer(1), shows)).toBe(filtered(1));
    expect(rewrite(answer(2), shows)).toBe(filtered(2));
    expect(rewrite(answer("three"), shows)).toBe(filtered("three"));
    const nothing = { ...shows, tool: () => false };
    expect(rewrite(answer(4), nothing)).toBe(
      '{"result":{"tools":[],"nextCursor":"c","cacheScope":"private"},"jsonrpc":"2.0","id":4}',
    );
  });

  it("decides anew for everybody, and forgets the oldest of many lists", () => {
    const rewrite = createListRewriter("mark");
    const answer = (name: string): string =>
      JSON.stringify({ id: 1, result: { tools: [{ name }] } });
    for (const name of ["ask", "add", "aid", "all", "any", "burn", "ask"]) {
      expect(rewrite(answer(name), shows)).toContain(name === "burn" ? '"tools":[]' : name);
      expect(rewrite(answer(name), { ...shows, tool: () => false })).toContain('"tools":[]');
    }
  });

  it.each([
    [
      "a list of its own after the known one",
      '{"result":{"tools":[TOOLS],"tools":[{"name":"burn"}]}}',
    ],
    [
      "a known list that stands elsewhere",
      '{"result":{"x":{"tools":[TOOLS]},"tools":[{"name":"burn"}]}}',
    ],
    [
      "another list beside the known one",
      '{"result":{"tools":[TOOLS],"prompts":[{"name":"burn"}]}}',
    ],
    ["spaces between its members", '{"result": {"tools": [TOOLS]}}'],
    ["a batch", '[{"result":{"tools":[TOOLS]}}]'],
  ])("reads %s as JSON is read", (_name, written) => {
    const rewrite = createListRewriter("mark");
    const items = tools.map((tool) => JSON.stringify(tool)).join(",");
    rewrite(`{"result":{"tools":[${items}]}}`, shows);
    rewrite(`{"result":{"x":{"tools":[${items}]},"tools":[]}}`, shows);
    const text = written.replace("TOOLS", () => items);
    for (let time = 0; time < 2; time += 1) {
      expect(JSON.parse(rewrite(text, shows) ?? "")).toEqual(filterLists(JSON.parse(text), shows));
    }
  });

  it.each(['{"result":{"tools":[]}', " [1", '{"result":{"tools":[{"name":"burn"}]}}{"error":"x"}'])(
    "does not know what to make of %s",
    (text) => {
      expect(createListRewriter("mark")(text, shows)).toBeUndefined();
    },
  );

  it("leaves everything else as it is", () => {
    const rewrite = createListRewriter("mark");
    for (const text of [
      "",
      "no JSON",
      "no {JSON",
      "null",
      "[]",
      '{"result":{}}',
      '{"result":{"tools":{}}}',
    ]) {
      expect(rewrite(text, shows)).toBe(text);
    }
  });

  it("says what reading the whole answer would say, whatever came before", () => {
    const item = fc.record(
      { name: fc.constantFrom("ask", "burn", "$&", ""), uri: fc.constantFrom("a:", "b:") },
      { requiredKeys: [] },
    );
    const result = fc.record(
      {
        tools: fc.array(item, { maxLength: 4 }),
        resources: fc.array(item, { maxLength: 2 }),
        cacheScope: fc.constant("public"),
        _meta: fc.record({ tools: fc.array(item, { maxLength: 4 }) }),
      },
      { requiredKeys: [] },
    );
    const answers = fc.array(fc.record({ result, id: fc.nat(3) }), { maxLength: 8 });
    fc.assert(
      fc.property(answers, (list) => {
        const rewrite = createListRewriter("mark");
        for (const answer of [...list, ...list]) {
          expect(JSON.parse(rewrite(JSON.stringify(answer), shows) ?? "")).toEqual(
            filterLists(answer, shows),
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});
