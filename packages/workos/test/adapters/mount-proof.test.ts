import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  workosProvider,
  type WorkOSMiddleware,
  type WorkOSProviderConfig,
} from "../../src/index.js";
import { collect, GOOD_CONFIG } from "../guarded-server.js";
import { createHomeIssuer } from "../issuer.js";

const GUARDING =
  "info [workos] Guarding https://mcp.example.com/mcp with tokens from https://acme.authkit.app. In the WorkOS dashboard, Connect > Configuration > MCP resource indicators must hold exactly: https://mcp.example.com/mcp";

interface Started {
  readonly middleware: WorkOSMiddleware;
  readonly lines: string[];
  readonly exits: number[];
  /** Runs what waits, as if five seconds had passed, until something is logged. */
  readonly pass: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A provider whose waits end when the test says so. */
function provide(config: WorkOSProviderConfig = {}): Started {
  const lines: string[] = [];
  const exits: number[] = [];
  const waiting = new Map<() => void, number>();
  const middleware = workosProvider(
    { ...GOOD_CONFIG, log: collect(lines), ...config },
    {
      env: {},
      fetch: createHomeIssuer().fetch,
      exit: (code) => exits.push(code),
      schedule: (run, delay) => {
        waiting.set(run, delay);
        return () => waiting.delete(run);
      },
    },
  );
  let isClosed = false;
  const close = async (): Promise<void> => {
    isClosed = true;
    await middleware.close();
  };
  onTestFinished(close);
  const pass = async (): Promise<void> => {
    const due = [...waiting]
      .toSorted(([, one], [, other]) => one - other)
      .filter(([, ms]) => ms <= 5_000);
    for (const [run] of due) {
      waiting.delete(run);
      run();
      // A probe is real: its answer comes over a socket.
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    const isDone = (): boolean => isClosed || lines.length > 0;
    await vi.waitUntil(isDone, { timeout: 10_000 });
  };
  return { middleware, lines, exits, pass, close };
}

async function listen(
  handler: RequestListener,
  where: object = { port: 0, host: "127.0.0.1" },
): Promise<Server> {
  const server = createServer(handler).listen(where);
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return server;
}

/** An MCP server that asks nobody for a token. */
const open: RequestListener = (request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    const { id } = JSON.parse(body || "{}") as { id?: unknown };
    response.setHeader("content-type", "text/event-stream");
    response.end(`event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id, result: {} })}\n\n`);
  });
};

const guarded =
  (middleware: WorkOSMiddleware, behind: RequestListener = open): RequestListener =>
  (request, response) =>
    void middleware(request, response, () => behind(request, response));

const alarms = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.startsWith("error"));
const warnings = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.includes("guard_unproved"));

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
    // Another path is no proof: the endpoint's own route may come before the guard.
    expect(await ask("/other")).toBe(401);
    expect(lines.filter((line) => line.includes("Guarding"))).toEqual([]);
    expect(await ask("/mcp/")).toBe(401);
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
      observers: [(event) => void events.push(event.kind)],
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

describe("a server of which neither can be told", () => {
  const answers: readonly [string, RequestListener, RegExp][] = [
    [
      "a page for every path",
      (_, response) => void response.end("<!doctype html><p>app"),
      /answered .* with 200/,
    ],
    ["JSON that is no JSON-RPC", (_, response) => void response.end('{"ok":true}'), /with 200/],
    ["an echo of the call", (request, response) => void request.pipe(response), /with 200/],
    [
      "a JSON-RPC error",
      (request, response) => {
        request.on("data", (chunk: Buffer) => {
          const { id } = JSON.parse(chunk.toString()) as { id: string };
          response.end(
            JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32601, message: "x" } }),
          );
        });
      },
      /with 200/,
    ],
    [
      "a result for another call",
      (_, response) => void response.end('{"jsonrpc":"2.0","id":1,"result":{}}'),
      /with 200/,
    ],
    ["nothing of that name", (_, response) => void response.writeHead(404).end(), /with 404/],
    ["a fault", (_, response) => void response.writeHead(500).end(), /with 500/],
    [
      "a redirect",
      (_, response) => void response.writeHead(308, { location: "/" }).end(),
      /with 308/,
    ],
    [
      "another guard's refusal",
      (_, response) => void response.writeHead(401, { "www-authenticate": "Basic" }).end(),
      /with 401/,
    ],
    ["a broken connection", (request) => void request.socket.destroy(), /could not be asked/],
    ["more than it should", (_, response) => void response.end("x".repeat(200_000)), /with 200/],
  ];
  it.each(answers)("is one warning and ends nothing: %s", async (_, handler, why) => {
    const { lines, exits, pass } = provide();
    await listen(handler);
    await pass();
    expect(lines).toHaveLength(1);
    expect(warnings(lines)[0]).toMatch(why);
    expect(exits).toEqual([]);
  });

  it("is one warning when it speaks TLS", async () => {
    const { lines, exits, pass } = provide();
    const server = createTlsServer({}, open).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    await pass();
    expect(warnings(lines)).toEqual([
      expect.stringContaining("the server speaks TLS, or HTTP/2 alone"),
    ]);
    expect(exits).toEqual([]);
  });

  it("is one warning, however many servers the process opens", async () => {
    const { lines, exits, pass } = provide();
    for (let count = 0; count < 4; count += 1) await listen((_, response) => void response.end());
    await pass();
    expect(warnings(lines)).toHaveLength(1);
    expect(exits).toEqual([]);
  });

  it("is proved later by the first request, after the warning", async () => {
    const { middleware, lines, pass } = provide();
    let isMounted = false;
    const server = await listen((request, response) => {
      if (isMounted) guarded(middleware)(request, response);
      else response.writeHead(503).end();
    });
    await pass();
    isMounted = true;
    const { port } = server.address() as AddressInfo;
    await fetch(`http://127.0.0.1:${port}/mcp`, { method: "POST" });
    expect(lines).toEqual([expect.stringContaining("guard_unproved"), GUARDING]);
  });

  it("is left alone once the provider is closed", async () => {
    const { lines, exits, pass, close } = provide();
    await close();
    await listen(open);
    await pass();
    expect(lines).toEqual([]);
    expect(exits).toEqual([]);
  });
});

describe("the field of a probe", () => {
  it("opens nothing and hides nothing when a stranger sends it", async () => {
    const { middleware, lines } = provide();
    const server = await listen(guarded(middleware));
    const { port } = server.address() as AddressInfo;
    for (const value of ["", "x", "__proto__"]) {
      const answer = await fetch(`http://127.0.0.1:${port}/mcp`, {
        method: "POST",
        headers: { "x-xmcp-workos-probe": value },
      });
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toContain("resource_metadata");
    }
    expect(lines.filter((line) => line.includes("Guarding"))).toHaveLength(1);
  });
});

it("a process that opens no server for half a minute is warned once", () => {
  const delays: number[] = [];
  const lines: string[] = [];
  const runs: (() => void)[] = [];
  workosProvider(
    { ...GOOD_CONFIG, log: collect(lines) },
    {
      env: {},
      schedule: (run, delay) => {
        delays.push(delay);
        if (delay === 30_000) runs.push(run);
        return () => undefined;
      },
    },
  );
  expect(delays).toContain(30_000);
  for (const run of runs) run();
  expect(warnings(lines)).toEqual([expect.stringContaining("has opened no HTTP server")]);
});
