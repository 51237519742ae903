import {
  createServer,
  request as send,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { workosProvider } from "../../src/index.js";
import { collect, GOOD_CONFIG } from "../support/guarded-server.js";
import { createHomeIssuer, NOW } from "../support/issuer.js";

type Middleware = (request: unknown, response: ServerResponse, next: () => void) => void;

const require = createRequire(import.meta.url);
const compression = require("compression") as (options: object) => Middleware;
const express = require("express") as {
  (): RequestListener & { use: (middleware: Middleware) => void };
  json: () => Middleware;
};

const TOOLS = Array.from({ length: 40 }, (_, at) => ({ name: at === 7 ? "secret" : `open_${at}` }));
const LIST = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  result: { tools: TOOLS, cacheScope: "public" },
});
const FILTERED = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  result: { tools: TOOLS.filter(({ name }) => name !== "secret"), cacheScope: "private" },
});

const WRITERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "setHeader and end": (response) => {
    response.setHeader("Content-Type", "application/json");
    response.setHeader("Content-Length", Buffer.byteLength(LIST));
    response.end(LIST);
  },
  "writeHead, two writes and end": (response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.write(LIST.slice(0, 100));
    setTimeout(() => {
      response.write(Buffer.from(LIST.slice(100)));
      response.end();
    }, 5);
  },
  "an event stream that is flushed": (response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(`data: ${LIST}\n\n`);
    (response as ServerResponse & { flush?: () => void }).flush?.();
    setTimeout(() => response.end(), 5);
  },
};

const DECODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  identity: (bytes) => bytes,
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

interface Answer {
  readonly status: number | undefined;
  readonly encoding: string;
  readonly text: string;
  /** What the client accepts, as it is once the answer is sent. */
  readonly acceptedAfter: unknown;
  readonly lines: readonly string[];
}

async function listedBy(
  order: "before" | "after",
  write: (response: ServerResponse) => void,
  accepted: string | undefined,
  options: object = {},
): Promise<Answer> {
  const issuer = createHomeIssuer();
  const lines: string[] = [];
  const access = { tools: { "open_*": "authenticated" } } as const;
  const guard = workosProvider(
    { ...GOOD_CONFIG, log: { logger: collect(lines) }, access },
    { env: {}, fetch: issuer.fetch, now: () => NOW },
  ) as unknown as Middleware;
  const compress = compression({ threshold: 0, ...options });
  const app = express();
  let acceptedAfter: unknown;
  app.use(express.json());
  for (const middleware of order === "before" ? [compress, guard] : [guard, compress]) {
    app.use(middleware);
  }
  app.use((request, response) => {
    response.on("finish", () => {
      const { headers } = request as { headers: Record<string, unknown> };
      acceptedAfter = headers["accept-encoding"];
    });
    write(response);
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const answer = await new Promise<Omit<Answer, "lines" | "acceptedAfter">>((resolve, reject) => {
    const headers = {
      Authorization: `Bearer ${issuer.sign()}`,
      "Content-Type": "application/json",
      ...(accepted === undefined ? {} : { "Accept-Encoding": accepted }),
    };
    const call = send({ port, method: "POST", path: "/mcp", headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const encoding = response.headers["content-encoding"] ?? "identity";
        const text = DECODERS[encoding]?.(Buffer.concat(chunks)).toString() ?? "";
        resolve({ status: response.statusCode, encoding, text });
      });
    });
    call.on("error", reject);
    call.end('{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
  });
  return { ...answer, acceptedAfter, lines };
}

const cases = Object.entries(WRITERS).flatMap(([name, write]) =>
  ["gzip", "deflate", "br", "gzip, deflate, br, zstd", "*", undefined].map(
    (accepted) => [name, accepted, write] as const,
  ),
);

describe("A filtered list behind a host that compresses", () => {
  it.each(cases)("is filtered: %s, Accept-Encoding %s", async (name, accepted, write) => {
    const expected = name.includes("stream") ? `data: ${FILTERED}\n\n` : FILTERED;
    for (const order of ["before", "after"] as const) {
      const { status, text, acceptedAfter, lines } = await listedBy(order, write, accepted);
      expect([order, status, text]).toEqual([order, 200, expected]);
      expect(acceptedAfter).toBe(accepted);
      expect(lines.join("\n")).not.toContain("list_unreadable");
    }
  });

  it("is still compressed by a compressor before the guard", async () => {
    const { encoding } = await listedBy("before", WRITERS["setHeader and end"] ?? fail, "gzip");
    expect(encoding).toBe("gzip");
  });

  it("is filtered where the compressor has an encoding of its own for clients that name none", async () => {
    const options = { enforceEncoding: "gzip" };
    const write = WRITERS["setHeader and end"] ?? fail;
    const { status, text } = await listedBy("after", write, undefined, options);
    expect([status, text]).toEqual([200, FILTERED]);
  });

  it("is a 500 with a reason and a log line where a handler encodes all the same", async () => {
    const { status, text, lines } = await listedBy(
      "after",
      (response) => {
        response.writeHead(200, {
          "Content-Type": "application/json",
          "Content-Encoding": "x-own",
        });
        response.end("encoded");
      },
      "gzip",
    );
    expect([status, JSON.parse(text)]).toMatchObject([500, { reason: "list_unreadable" }]);
    expect(lines.filter((line) => line.includes("list_unreadable"))).toHaveLength(1);
  });
});

function fail(): never {
  throw new Error("no such writer");
}
