import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessApp, whatRan } from "../support/access-app.ts";
import { modern } from "../support/rpc.ts";
import { BODIES, call, inBothEras, read, request, spellings } from "./access-attacks.ts";
import { startVictim, type Victim } from "./access-victim.ts";

const ADA = "user_01K0ADA0000000000000000000";
const GRACE = "user_01K0GRACE00000000000000000";
const ACME = "org_01K0ACME000000000000000000";

/** As permissive as a map can be, but for four things: what is spelled so that the guard reads another name runs. */
const CONFIGURATION = `{
  access: {
    tools: { "*": "authenticated", panel: { role: "admin" }, report_write: { role: "admin" } },
    resources: {
      "*": "authenticated",
      "docs://secret": { role: "admin" },
      "vault://{id}": { role: "admin" },
    },
    prompts: { "*": "authenticated", audit: { role: "admin" } },
  },
}`;

/** What must never run for Grace, who is a member: a line of the app, and what the answer would hold. */
const FORBIDDEN =
  /^(panel|report_write|docs:\/\/secret|docs:\/\/\{id\} secret|vault:.*|prompt audit)$/;
const LOOT =
  /panel of the caller|report_write done|"text":"(secret"|doc secret"|safe)|Please do: audit/;

let victim: Victim;
let ada: string;
beforeAll(async () => {
  victim = await startVictim("access-attacks", {
    files: accessApp(CONFIGURATION),
    attacker: { userId: GRACE, organizationId: ACME },
    forbidden: FORBIDDEN,
    loot: LOOT,
  });
  ada = await victim.mint({ userId: ADA, organizationId: ACME });
});
afterAll(async () => {
  await victim?.stop();
});

describe("the marks are real", () => {
  it("all that is forbidden runs for an admin, so that the attacks below could be seen to succeed", async () => {
    const before = whatRan(victim.app).length;
    for (const body of [
      call("panel"),
      call("report_write"),
      read("docs://secret"),
      read("vault://7"),
      read("ui://app/panel.html"),
      request("prompts/get", { name: "audit", arguments: {} }),
    ]) {
      const { status, text } = await victim.send({ body }, ada);
      expect(status).toBe(200);
      // A call of a tool with a UI answers with nothing but the way to the UI.
      expect(text).toMatch(/panel.html"|report_write done|"text":"(secret"|safe)|Please do: audit/);
    }
    const lines = (await victim.ran()).slice(before, -1);
    expect(lines).toEqual([
      "panel",
      "report_write",
      "docs://secret",
      "vault://{id} 7",
      "panel",
      "prompt audit",
    ]);
    for (const line of lines) expect(line).toMatch(FORBIDDEN);
  });

  it("T-06: each is denied to a member by its plain name, in both eras", async () => {
    for (const [method, params, name] of [
      ["tools/call", { name: "panel", arguments: {} }, "panel"],
      ["tools/call", { name: "report_write", arguments: {} }, "report_write"],
      ["resources/read", { uri: "docs://secret" }, "docs://secret"],
      ["resources/read", { uri: "vault://7" }, "vault://7"],
      ["resources/read", { uri: "ui://app/panel.html" }, "ui://app/panel.html"],
      ["prompts/get", { name: "audit", arguments: {} }, "audit"],
    ] as const) {
      for (const attack of inBothEras(method, params, name)) {
        const { status, text } = await victim.send(attack);
        expect(status).toBe(200);
        expect(text).toContain('"reason":"role_missing"');
      }
    }
    expect(await victim.harmOf([])).toEqual([]);
  });
});

describe("T-05: the guard reads the message that is dispatched", () => {
  it.each(BODIES)("%s", async (_what, attacks) => {
    expect(await victim.harmOf(attacks)).toEqual([]);
  });

  it("header fields decide nothing, whatever they name", async () => {
    const denied = modern("tools/call", { name: "panel", arguments: {} }, "panel");
    const allowed = modern("tools/call", { name: "whoami", arguments: {} }, "whoami");
    const lies = [
      { "mcp-name": "whoami" },
      { "mcp-name": "=?base64?d2hvYW1p?=" },
      { "mcp-method": "ping" },
      { "mcp-method": "tools/list" },
      { "mcp-name": "whoami", "x-mcp-tool-name": "whoami", "x-mcp-tool-names": "whoami" },
      { "x-http-method-override": "GET", "x-method-override": "GET" },
      { "x-original-url": "/health", "x-rewrite-url": "/health", "x-forwarded-prefix": "/x" },
      { "x-user-id": ADA, "x-auth-user": ADA, "x-workos-role": "admin", "x-roles": "admin" },
      { "mcp-protocol-version": "2025-03-26" },
      { "mcp-protocol-version": "9999-12-31" },
      { "mcp-session-id": "of-ada" },
    ];
    for (const lie of lies) {
      const { text } = await victim.send({ ...denied, headers: { ...denied.headers, ...lie } });
      expect(text).toContain('"reason":"role_missing"');
    }
    // The other way round nothing is gained: the host refuses a header that names something else than its body.
    expect(
      await victim.harmOf([
        ...lies.map((lie) => ({ ...denied, headers: { ...denied.headers, ...lie } })),
        { ...allowed, headers: { ...allowed.headers, "mcp-name": "panel" } },
        { body: call("whoami"), headers: { "x-mcp-tool-name": "panel", "mcp-name": "panel" } },
      ]),
    ).toEqual([]);
  });

  it("neither other HTTP methods, content types nor encodings carry a call past it", async () => {
    const body = JSON.stringify(call("panel"));
    const types = ["text/plain", "text/json", "application/json-rpc", "application/vnd.api+json"]
      .concat("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "*/*")
      .concat("application/json;charset=utf-8", "APPLICATION/JSON", "application/json, text/plain")
      .concat("application/json; charset=utf-7", "application/json; charset=iso-8859-1", "");
    expect(
      await victim.harmOf([
        ...["PUT", "PATCH", "GET", "DELETE", "OPTIONS", "QUERY", "MERGE"].map((method) => ({
          method,
          body,
        })),
        ...types.map((type) => ({ body, headers: { "Content-Type": type } })),
        {
          body: Buffer.from(body, "utf16le"),
          headers: { "Content-Type": "application/json; charset=utf-16" },
        },
        { body: Buffer.from(body, "utf16le") },
        { body: gzipSync(body), headers: { "Content-Encoding": "gzip" } },
        { body: deflateSync(body), headers: { "Content-Encoding": "deflate" } },
        { body: brotliCompressSync(body), headers: { "Content-Encoding": "br" } },
        { body: gzipSync(gzipSync(body)), headers: { "Content-Encoding": "gzip, gzip" } },
        {
          body: `jsonrpc=2.0&id=1&method=tools/call&params[name]=panel`,
          headers: { "Content-Type": "application/x-www-form-urlencoded" },
        },
      ]),
    ).toEqual([]);
  });
});

describe("T-05: batches and notifications", () => {
  const denied = call("panel");
  const notification = { jsonrpc: "2.0", method: "tools/call", params: { name: "panel" } };

  it.each<[string, object]>([
    ["at the end", [call("whoami"), call("card"), denied]],
    ["at the start", [denied, call("card")]],
    ["the 100th of 100", [...Array.from({ length: 99 }, () => call("card")), denied]],
    ["as a notification", [call("card"), notification]],
    [
      "beside the handshake",
      [
        request("initialize", {
          protocolVersion: "2025-03-26",
          capabilities: {},
          clientInfo: { name: "x", version: "1" },
        }),
        denied,
      ],
    ],
    ["beside an answer", [{ jsonrpc: "2.0", id: 9, result: {} }, denied]],
    ["with an id used twice", [request("tools/list", {}, 1), call("card"), denied]],
    ["behind what is no message", [null, 1, "x", denied]],
    ["as a read of the tool's UI", [call("card"), read("ui://app/panel.html")]],
  ])("a denied message %s runs neither itself nor its neighbours", async (_where, body) => {
    const before = whatRan(victim.app).length;
    for (const headers of [
      {},
      { "mcp-protocol-version": "2025-03-26" },
      { "mcp-protocol-version": "2026-07-28" },
    ]) {
      const { text } = await victim.send({ body, headers });
      expect(text).toContain("role_missing");
      expect(text).not.toMatch(LOOT);
    }
    expect((await victim.ran()).slice(before)).toEqual(["whoami"]);
  });

  it("T-12: a batch of more than a hundred runs nothing", async () => {
    const before = whatRan(victim.app).length;
    const { status, text } = await victim.send({
      body: Array.from({ length: 101 }, () => call("card")),
    });
    expect([status, text]).toEqual([413, expect.stringContaining("batch_too_long")]);
    expect((await victim.ran()).slice(before)).toEqual(["whoami"]);
  });

  it.each<[string, object]>([
    ["no id", notification],
    ["an id of null", { ...notification, id: null }],
    ["an id that is an object", { ...notification, id: {} }],
  ])(
    "a denied notification with %s gets a 403, since no request waits for its answer",
    async (_what, body) => {
      const { status, text } = await victim.send({ body });
      expect(status).toBe(403);
      expect(JSON.parse(text)).toMatchObject({ error: "forbidden", reason: "role_missing" });
      expect(await victim.harmOf([{ body: [body] }, { body: [body, body] }])).toEqual([]);
    },
  );
});

describe("T-06: hidden means denied, by whatever way", () => {
  it.each([
    ["the UI of a hidden tool", spellings("ui", "app/panel.html")],
    ["a hidden resource", spellings("docs", "secret")],
    ["a resource of a hidden template", spellings("vault", "7")],
  ])("%s, by every spelling of its URI", async (_what, uris) => {
    expect(
      await victim.harmOf(
        uris
          .flatMap((uri) => [
            ...inBothEras("resources/read", { uri }, uri.trim()),
            { body: [read("config://app"), read(uri)] },
          ])
          .filter(
            ({ headers }) =>
              headers === undefined || /^[\x20-\x7e]*$/.test(headers["mcp-name"] ?? ""),
          ),
      ),
    ).toEqual([]);
  });

  it("lists show none of it", async () => {
    for (const method of [
      "tools/list",
      "resources/list",
      "resources/templates/list",
      "prompts/list",
    ]) {
      for (const attack of [
        ...inBothEras(method, {}),
        ...inBothEras(method, { cursor: "" }),
        { body: [request(method, {}), request(method, {}, 2)] },
      ]) {
        const { text } = await victim.send(attack);
        expect(text).not.toMatch(/"(panel|report_write|secret|safe|audit)"|panel.html|vault:/);
      }
    }
  });

  it("neither completion, subscriptions, tasks nor methods not yet invented use it", async () => {
    const secret = "docs://secret";
    expect(
      await victim.harmOf([
        ...inBothEras("completion/complete", {
          ref: { type: "ref/prompt", name: "audit" },
          argument: { name: "x", value: "" },
        }),
        ...inBothEras("completion/complete", {
          ref: { type: "ref/resource", uri: "vault://{id}" },
          argument: { name: "id", value: "" },
        }),
        ...inBothEras("completion/complete", {
          ref: { type: "ref/resource", uri: secret },
          argument: { name: "id", value: "" },
        }),
        ...inBothEras("resources/subscribe", { uri: secret }),
        ...inBothEras("resources/unsubscribe", { uri: secret }),
        ...[
          "tasks/get",
          "tasks/result",
          "tasks/cancel",
          "tasks/list",
          "tasks/update",
          "tools/describe",
        ]
          .concat(
            "tools/execute",
            "tools/call/stream",
            "resources/write",
            "resources/list_all",
            "prompts/run",
          )
          .concat(
            "skills/read",
            "logging/setLevel",
            "server/discover",
            "events/subscribe",
            "rpc.discover",
          )
          .flatMap((method) =>
            inBothEras(method, {
              name: "panel",
              uri: secret,
              taskId: "panel",
              arguments: {},
              level: "debug",
            }),
          ),
      ]),
    ).toEqual([]);
  });

  it("what a subscription or a completion names is denied before it is looked at", async () => {
    for (const [method, params] of [
      ["resources/subscribe", { uri: "docs://secret" }],
      ["resources/unsubscribe", { uri: "ui://app/panel.html" }],
      ["completion/complete", { ref: { type: "ref/prompt", name: "audit" } }],
      ["completion/complete", { ref: { type: "ref/resource", uri: "vault://{id}" } }],
      [
        "subscriptions/listen",
        { notifications: { resourceSubscriptions: ["config://app", "docs://secret"] } },
      ],
      [
        "subscriptions/listen",
        { notifications: { resourceSubscriptions: ["UI://app/./panel.html"] } },
      ],
    ] as const) {
      for (const attack of inBothEras(method, params)) {
        const { status, text } = await victim.send(attack);
        expect(status).toBe(200);
        expect(JSON.parse(text)).toMatchObject({
          error: { code: -32_003, data: { reason: "role_missing", missing: { role: ["admin"] } } },
        });
      }
    }
  });

  it("an unknown method needs a caller all the same", async () => {
    const { status, text } = await victim.send({ body: request("tools/invent", {}) }, "garbage");
    expect(status).toBe(401);
    expect(text).toContain("token_malformed");
  });
});
