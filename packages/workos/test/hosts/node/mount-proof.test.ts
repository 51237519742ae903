import { mkdtempSync } from "node:fs";
import type { IncomingMessage, RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { GUARDING, guarded, listen, open, provide } from "./mounted.js";

const alarms = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.startsWith("error"));

describe("T-20: a guard that is mounted", () => {
  it.each<[string, () => object]>([
    ["on IPv4 loopback", () => ({ port: 0, host: "127.0.0.1" })],
    ["on every IPv4 interface", () => ({ port: 0, host: "0.0.0.0" })],
    ["on every interface", () => ({ port: 0, host: "::" })],
    ["on a socket file", () => ({ path: join(mkdtempSync(join(tmpdir(), "proof-")), "s") })],
  ])("is reported as guarding, once, when it listens %s", async (_, where) => {
    const { middleware, lines, exits, pass } = provide();
    expect(lines).toEqual([]);
    await listen(guarded(middleware), where());
    await pass();
    expect(lines).toEqual([GUARDING]);
    expect(exits).toEqual([]);
  });

  it("is proved under the path of the resource, when the host mounts the server there", async () => {
    const { middleware, lines, pass } = provide({ baseURL: "https://mcp.example.com/team" });
    await listen((request, response) => {
      if (request.url === "/team/mcp") guarded(middleware)(request, response);
      else response.writeHead(404).end();
    });
    await pass();
    expect(lines[0]).toContain("Guarding https://mcp.example.com/team/mcp");
  });

  it("is proved by a client's request where nothing can be probed, and not before", async () => {
    const { middleware, lines } = provide();
    const server = await listen(guarded(middleware));
    const { port } = server.address() as AddressInfo;
    const ask = async (path: string): Promise<number> =>
      (await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST" })).status;
    // Another path, or spelling of it, is no proof: the endpoint's own route may come before the guard.
    expect(await ask("/other")).toBe(401);
    expect(lines.filter((line) => line.includes("Guarding"))).toEqual([]);
    expect(await ask("/mcp/")).toBe(401);
    expect(await ask("/MCP")).toBe(401);
    expect(lines.filter((line) => line.includes("Guarding"))).toEqual([]);
    expect(await ask("/mcp")).toBe(401);
    expect(lines.filter((line) => line.includes("Guarding"))).toEqual([GUARDING]);
  });

  it("is no alarm when it is mounted a moment after the server listens", async () => {
    const { middleware, lines, exits, pass } = provide();
    let isMounted = false;
    await listen((request, response) => {
      if (isMounted) guarded(middleware)(request, response);
      else {
        open(request, response);
        isMounted = true;
      }
    });
    await pass();
    expect(lines).toEqual([GUARDING]);
    expect(exits).toEqual([]);
  });

  it("is proved when another server of the process answers anything at all", async () => {
    const { middleware, lines, exits, pass } = provide();
    await listen(open);
    await listen(guarded(middleware));
    await pass();
    expect(lines).toEqual([GUARDING]);
    expect(exits).toEqual([]);
  });

  it("is proved by its challenge when another process of a cluster answers the probe", async () => {
    const { lines, exits, pass } = provide();
    await listen((_request, response) => {
      const challenge =
        'Bearer resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"';
      response.writeHead(401, { "www-authenticate": challenge }).end();
    });
    await pass();
    expect(lines).toEqual([GUARDING]);
    expect(exits).toEqual([]);
  });

  it("answers another provider's probe without a trace of it, and is no proof for it", async () => {
    const home = provide();
    const events: string[] = [];
    const other = provide({
      baseURL: "https://other.example.com",
      observers: [{ name: "events", onEvent: (event) => void events.push(event.kind) }],
    });
    await listen(guarded(other.middleware));
    await home.pass();
    expect(events).toEqual([]);
    expect(home.lines.filter((line) => line.includes("Guarding"))).toEqual([]);
    expect(home.exits).toEqual([]);
    await other.pass();
    expect(events).toEqual(["started"]);
  });
});

describe("T-20: a server that carries out calls past the guard", () => {
  const CAUSE =
    "is it the default export of src/middleware.ts, as it is? A named export, a promise, { middleware } or a list in a list is ignored.";

  const answering =
    (write: (id: string) => string, type = "text/event-stream"): RequestListener =>
    (request, response) => {
      request.on("data", (chunk: Buffer) => {
        const { id } = JSON.parse(chunk.toString()) as { id: string };
        response.writeHead(200, { "content-type": type }).end(write(id));
      });
    };

  it.each<[string, RequestListener]>([
    ["as server-sent events", open],
    [
      "as an event of two data lines",
      answering((id) => `data: {"jsonrpc":"2.0",\ndata: "id":"${id}","result":{}}\n\n`),
    ],
    [
      "as an event with carriage returns",
      answering((id) => `data:{"jsonrpc":"2.0","id":"${id}","result":{}}\r\r`),
    ],
    [
      "as a batch with a byte order mark",
      answering((id) => `\uFEFF[{"jsonrpc":"2.0","id":"${id}","result":{}}]`, "application/json"),
    ],
    [
      "as JSON",
      (request, response) => {
        request.on("data", (chunk: Buffer) => {
          const { id } = JSON.parse(chunk.toString()) as { id: string };
          response.end(JSON.stringify({ jsonrpc: "2.0", id, result: {} }));
        });
      },
    ],
    [
      "in a stream that never ends",
      (request, response) => {
        request.on("data", (chunk: Buffer) => {
          const { id } = JSON.parse(chunk.toString()) as { id: string };
          response.write(`data: {"jsonrpc":"2.0","id":"${id}",`);
          response.write(`"result":{}}\n\n`);
        });
      },
    ],
  ])("is one error with the cause, and the end of the process: %s", async (_, handler) => {
    const { lines, exits, pass } = provide();
    await listen(handler);
    await pass();
    expect(lines).toEqual([
      expect.stringMatching(/^error \[workos\] NOT guarding https:\/\/mcp\.example\.com\/mcp: /),
    ]);
    expect(lines[0]).toContain(CAUSE);
    expect(lines[0]).toContain("The process ends with exit code 1");
    expect(exits).toEqual([1]);
  });

  it("stays alive when the operator decided so", async () => {
    const { lines, exits, pass } = provide({ exitWhenUnguarded: false });
    await listen(open);
    await pass();
    expect(alarms(lines)).toHaveLength(1);
    expect(lines[0]).toContain("The server stays open");
    expect(exits).toEqual([]);
  });

  it.each<[string, (request: IncomingMessage) => boolean, RequestInit]>([
    ["for GET alone", ({ method }) => method === "GET", { method: "GET" }],
    [
      "for requests with a token alone",
      ({ headers }) => headers.authorization !== undefined,
      { method: "POST", headers: { authorization: "Bearer x" } },
    ],
  ])(
    "is found when the guard is mounted %s, and such a request came",
    async (_, isGuarded, init) => {
      const { middleware, lines, exits, pass } = provide();
      const server = await listen((request, response) => {
        if (isGuarded(request)) guarded(middleware)(request, response);
        else open(request, response);
      });
      const { port } = server.address() as AddressInfo;
      expect((await fetch(`http://127.0.0.1:${port}/mcp`, init)).status).toBe(401);
      await pass();
      expect(lines.filter((line) => line.includes("Guarding"))).toEqual([]);
      expect(exits).toEqual([1]);
    },
  );

  it("is found when the guard is mounted behind the route of the endpoint", async () => {
    const { middleware, exits, pass } = provide();
    await listen((request, response) => {
      if (request.url === "/mcp") open(request, response);
      else guarded(middleware)(request, response);
    });
    await pass();
    expect(exits).toEqual([1]);
  });
});
