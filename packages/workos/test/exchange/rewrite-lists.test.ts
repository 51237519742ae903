import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Shows } from "../../src/access/filter-lists.js";
import { filterAnswer } from "../../src/exchange/rewrite-lists.js";
import { createNodeHost } from "../../src/hosts/node/node-host.js";

const ALLOWED: Shows = {
  tool: (name) => name === "open",
  prompt: (name) => name === "greet",
  resource: (uri) => uri === "docs://open",
  template: (text) => text === "docs://{id}",
};

const LIST = {
  jsonrpc: "2.0",
  id: 1,
  result: {
    tools: [{ name: "open", title: "é" }, { name: "secret" }, { title: "nameless" }, "odd", null],
    nextCursor: "n",
    ttlMs: 5,
    cacheScope: "public",
  },
};
const FILTERED = {
  jsonrpc: "2.0",
  id: 1,
  result: {
    tools: [{ name: "open", title: "é" }],
    nextCursor: "n",
    ttlMs: 5,
    cacheScope: "private",
  },
};

async function answered(
  write: (response: ServerResponse) => void,
): Promise<{ status: number; headers: Headers; text: string; message: string; causes: string[] }> {
  let message = "";
  const causes: string[] = [];
  const server = createServer((request, response) => {
    filterAnswer(
      createNodeHost(request, response, () => undefined),
      ALLOWED,
      (cause) => causes.push(cause),
    );
    write(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`);
  message = response.statusText;
  return {
    status: response.status,
    headers: response.headers,
    text: await response.text(),
    message,
    causes,
  };
}

const UNREADABLE =
  '{"error":"server_error","error_description":"The list could not be read, so it could not be filtered for you","reason":"list_unreadable"}';
const JSON_TYPE = { "Content-Type": "application/json" };
const text = JSON.stringify(LIST);

describe("filterAnswer", () => {
  it.each<[string, (response: ServerResponse) => void]>([
    [
      "setHeader and end",
      (response) => {
        response.setHeader("Content-Type", "application/json");
        response.setHeader("Content-Length", Buffer.byteLength(text));
        response.end(text);
      },
    ],
    [
      "writeHead with an object",
      (response) => {
        response.writeHead(200, { ...JSON_TYPE, "Content-Length": Buffer.byteLength(text) });
        response.end(text);
      },
    ],
    [
      "writeHead with a reason and pairs",
      (response) => {
        response.writeHead(200, "Fine", [
          ["Content-Type", "application/json"],
          ["X-One", "1"],
        ] as never);
        response.end(Buffer.from(text));
      },
    ],
    [
      "writeHead with a flat list",
      (response) => {
        response.setHeader("content-type", "text/plain");
        response.writeHead(200, ["Content-Type", "application/json", "Set-Cookie", "a=1"]);
        response.end(text);
      },
    ],
    [
      "bytes cut inside a letter",
      (response) => {
        response.writeHead(200, JSON_TYPE);
        const bytes = Buffer.from(text);
        const cut = bytes.indexOf(0xc3) + 1;
        response.write(bytes.subarray(0, cut));
        response.write(new Uint8Array(bytes.subarray(cut)));
        response.end();
      },
    ],
    [
      "an encoding and callbacks",
      (response) => {
        response.writeHead(200, JSON_TYPE);
        response.write(Buffer.from(text).toString("base64"), "base64", () =>
          response.end(() => undefined),
        );
      },
    ],
    [
      "no content type at all",
      (response) => {
        response.end(text);
      },
    ],
  ])("filters what is written by %s", async (_, write) => {
    const { status, text: body, headers } = await answered(write);
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual(FILTERED);
    const length = String(Buffer.byteLength(body));
    expect(headers.get("content-length") ?? length).toBe(length);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    [
      "is cut short",
      (response) => {
        response.writeHead(200, JSON_TYPE);
        response.end(text.slice(0, -1));
      },
    ],
    [
      "an error handler writes after",
      (response) => {
        response.writeHead(200, JSON_TYPE);
        response.write(text);
        response.statusCode = 500;
        response.end('{"error":"internal"}');
      },
    ],
  ])("shows nothing of a list that %s, since it cannot be filtered", async (_, write) => {
    const { status, text: body, headers, causes } = await answered(write);
    expect([status, body, headers.get("content-type")]).toEqual([
      500,
      UNREADABLE,
      "application/json",
    ]);
    expect(causes).toEqual(["it begins as JSON and is not, or is nested too deep"]);
  });

  it("shows nothing of an event that is no JSON, and the others", async () => {
    const { text: body } = await answered((response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.end(`data: ${text.slice(0, -1)}\n\ndata: ${text}\n\n`);
    });
    expect(body).toBe(`data: \n\ndata: ${JSON.stringify(FILTERED)}\n\n`);
  });

  it("keeps status, reason and headers", async () => {
    const { status, message, headers } = await answered((response) => {
      response.setHeader("X-Before", "1");
      response.writeHead(206, "Odd", { ...JSON_TYPE, "X-After": "2" });
      response.end(text);
    });
    expect([status, message, headers.get("x-before"), headers.get("x-after")]).toEqual([
      206,
      "Odd",
      "1",
      "2",
    ]);
  });

  it("filters an event stream as it comes, and keeps what is no list", async () => {
    const progress = JSON.stringify({
      jsonrpc: "2.0",
      method: "notifications/progress",
      params: { tools: [{ name: "secret" }] },
    });
    const { text: body } = await answered((response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
      response.flushHeaders();
      response.write(`: hello\n\nevent: message\ndata: ${progress}\n\nevent: mess`);
      response.write(`age\nid: 3\ndata: ${text}\n`);
      setTimeout(() => response.end("\n"), 20);
    });
    expect(body).toBe(
      `: hello\n\nevent: message\ndata: ${progress}\n\nevent: message\nid: 3\ndata: ${JSON.stringify(FILTERED)}\n\n`,
    );
  });

  it("filters prompts, resources, templates, and every answer of a batch", async () => {
    const batch = [
      LIST,
      { jsonrpc: "2.0", id: 2, result: { prompts: [{ name: "greet" }, { name: "audit" }] } },
      {
        jsonrpc: "2.0",
        id: 3,
        result: { resources: [{ uri: "docs://open" }, { uri: "docs://x" }] },
      },
      {
        jsonrpc: "2.0",
        id: 4,
        result: { resourceTemplates: [{ uriTemplate: "docs://{id}" }, { uriTemplate: "x://{y}" }] },
      },
      { jsonrpc: "2.0", id: 5, error: { code: 1, message: "tools" } },
      { jsonrpc: "2.0", id: 6, result: { content: [] } },
    ];
    const { text: body } = await answered((response) => {
      response.writeHead(200, JSON_TYPE);
      response.end(JSON.stringify(batch));
    });
    expect(JSON.parse(body)).toEqual([
      FILTERED,
      { jsonrpc: "2.0", id: 2, result: { prompts: [{ name: "greet" }], cacheScope: "private" } },
      {
        jsonrpc: "2.0",
        id: 3,
        result: { resources: [{ uri: "docs://open" }], cacheScope: "private" },
      },
      {
        jsonrpc: "2.0",
        id: 4,
        result: { resourceTemplates: [{ uriTemplate: "docs://{id}" }], cacheScope: "private" },
      },
      batch[4],
      batch[5],
    ]);
  });

  it("ends a compressed body as a 500, and reports it", async () => {
    const {
      status,
      text: body,
      headers,
      causes,
    } = await answered((response) => {
      const bytes = gzipSync(text);
      response.writeHead(200, {
        ...JSON_TYPE,
        "Content-Encoding": "gzip",
        "Content-Length": bytes.length,
      });
      response.end(bytes);
    });
    expect([status, body, headers.get("content-encoding")]).toEqual([500, UNREADABLE, null]);
    expect(causes).toEqual(["it is encoded, although the guard asked for no encoding"]);
  });

  it.each([
    ["no body", 202, ""],
    ["a text", 405, "Method not allowed"],
    ["another JSON", 200, '{"jsonrpc":"2.0","id":1,"result":"tools"}'],
  ])("passes %s as it is", async (_, status, given) => {
    const answer = await answered((response) => {
      response.writeHead(
        status,
        given.startsWith("{") ? JSON_TYPE : { "Content-Type": "text/plain" },
      );
      if (given === "") response.end();
      else response.end(given);
    });
    expect([answer.status, answer.text]).toEqual([status, given]);
  });
});
