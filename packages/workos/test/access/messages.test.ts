import { describe, expect, it } from "vitest";
import { readMessages, resource, template, toolOfUi } from "../../src/access/messages.js";

const read = (method: unknown, params?: unknown, id: unknown = 1) =>
  readMessages({ jsonrpc: "2.0", id, method, params })?.[0];

type Use = [method: string, params: unknown, target: object];

describe("what messages use", () => {
  const uses: Use[] = [
    [
      "tools/call",
      { name: "send", arguments: { to: "ada" } },
      { kind: "tool", name: "send", names: ["send"], arguments: { to: "ada" } },
    ],
    ["tools/call", { name: 7 }, { kind: "tool", name: "", names: [""], arguments: {} }],
    ["tools/call", undefined, { kind: "tool", name: "", names: [""], arguments: {} }],
    [
      "prompts/get",
      { name: "greet", arguments: "no" },
      { kind: "prompt", name: "greet", names: ["greet"], arguments: {} },
    ],
    [
      "prompts/get",
      { name: "greet", arguments: { to: "ada" } },
      { kind: "prompt", name: "greet", names: ["greet"], arguments: { to: "ada" } },
    ],
    ...["resources/read", "resources/subscribe", "resources/unsubscribe"].map((method): Use => [
      method,
      { uri: "docs://1" },
      { kind: "resource", name: "docs://1", names: ["docs://1"], arguments: {} },
    ]),
    [
      "resources/read",
      { uri: ["docs://1"] },
      { kind: "resource", name: "", names: [""], arguments: {} },
    ],
    [
      "completion/complete",
      { ref: { type: "ref/prompt", name: "greet" } },
      { kind: "prompt", name: "greet", names: ["greet"], arguments: {} },
    ],
    [
      "completion/complete",
      { ref: { type: "ref/resource", uri: "docs://{id}" } },
      {
        kind: "resource",
        name: "docs://{id}",
        names: ["docs://{id}"],
        isTemplate: true,
        arguments: {},
      },
    ],
    [
      "subscriptions/listen",
      { notifications: { resourceSubscriptions: ["docs://1"] } },
      { kind: "resource", name: "docs://1", names: ["docs://1"], arguments: {} },
    ],
  ];
  it.each(uses)("%s %j", (method, params, target) => {
    expect(read(method, params)?.targets).toEqual([target]);
  });

  it.each([
    ["completion/complete", { ref: { type: "ref/other", uri: "docs://1" } }],
    ["completion/complete", {}],
    ["subscriptions/listen", { notifications: { resourceSubscriptions: "docs://1" } }],
    ["subscriptions/listen", {}],
    ["tools/list", { name: "send" }],
    ["future/method", { name: "send" }],
  ])("%s %j uses nothing", (method, params) => {
    expect(read(method, params)?.targets).toEqual([]);
  });

  it("every resource of a subscription is used, and a URI as sent and as servers read it", () => {
    const listen = read("subscriptions/listen", {
      notifications: { resourceSubscriptions: ["docs://1", 7, "HTTP://Example.com"] },
    });
    expect(listen?.targets.map(({ names }) => names)).toEqual([
      ["docs://1"],
      [""],
      ["HTTP://Example.com", "http://example.com/"],
    ]);
    expect(resource("docs://1#part")).toEqual({
      kind: "resource",
      name: "docs://1#part",
      names: ["docs://1#part", "docs://1"],
      arguments: {},
    });
    expect(resource("docs://%252531")).toEqual({
      kind: "resource",
      name: "docs://%252531",
      names: ["docs://%252531"],
      isUncertain: true,
      arguments: {},
    });
    expect(template(7)).toMatchObject({ name: "", names: [""], isTemplate: true });
  });

  it("knows lists, methods and ids, and takes nothing else for them", () => {
    expect(
      ["tools/list", "resources/list", "resources/templates/list", "prompts/list", "toString"].map(
        (method) => read(method)?.lists,
      ),
    ).toEqual(["tool", "resource", "resource", "prompt", undefined]);
    expect(read(7)?.method).toBe("");
    expect(
      [1, "a", null, {}, undefined].map((id) => readMessages({ method: "x", id })?.[0]?.id),
    ).toEqual([1, "a", undefined, undefined, undefined]);
    expect(readMessages([{ method: "a" }, 7])?.map(({ method }) => method)).toEqual(["a", ""]);
    expect([undefined, null, "text", 7, new Uint8Array(2)].map(readMessages)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("a tool's own UI", () => {
  it.each([
    ["ui://app/refund.html", "refund"],
    ["ui://app/refund.html#part", "refund"],
    ["UI://app/./r%65fund.html", "refund"],
    ["ui://app/.html", undefined],
    ["ui://APP/refund.html", undefined],
    ["docs://1", undefined],
    ["docs:ui://app/refund.html", undefined],
    ["ui://app/refund.html.bak", undefined],
    ["ui://other/refund.html", undefined],
  ])("%s is the UI of %s", (uri, tool) => {
    expect(toolOfUi(uri)).toBe(tool);
  });
});
