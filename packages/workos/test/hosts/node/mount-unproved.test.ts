import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { workosProvider } from "../../../src/index.js";
import { collect, GOOD_CONFIG } from "../../support/guarded-server.js";
import { GUARDING, guarded, listen, open, provide, warnings } from "./mounted.js";

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
    { ...GOOD_CONFIG, log: { logger: collect(lines) } },
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
