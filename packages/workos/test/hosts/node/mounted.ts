import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { onTestFinished, vi } from "vitest";
import {
  workosProvider,
  type WorkOSMiddleware,
  type WorkOSProviderConfig,
} from "../../../src/index.js";
import { collect, GOOD_CONFIG } from "../../support/guarded-server.js";
import { createHomeIssuer } from "../../support/issuer.js";

export const GUARDING =
  "info [workos] Guarding https://mcp.example.com/mcp with tokens from https://acme.authkit.app for this resource, or for the whole environment until this resource is a registered indicator. In the WorkOS dashboard, Connect > Configuration > MCP resource indicators must hold exactly: https://mcp.example.com/mcp";

export interface Started {
  readonly middleware: WorkOSMiddleware;
  readonly lines: string[];
  readonly exits: number[];
  /** Runs what waits, as if five seconds had passed, until something is logged. */
  readonly pass: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A provider whose waits end when the test says so. */
export function provide(config: WorkOSProviderConfig = {}): Started {
  const lines: string[] = [];
  const exits: number[] = [];
  const waiting = new Map<() => void, number>();
  const middleware = workosProvider(
    { ...GOOD_CONFIG, log: { logger: collect(lines) }, ...config },
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

export async function listen(
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

/** An MCP server that asks no caller for a token. */
export const open: RequestListener = (request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    const { id } = JSON.parse(body || "{}") as { id?: unknown };
    response.setHeader("content-type", "text/event-stream");
    response.end(`event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id, result: {} })}\n\n`);
  });
};

/** Lets requests pass the guard before a server. */
export const guarded =
  (middleware: WorkOSMiddleware, behind: RequestListener = open): RequestListener =>
  (request, response) =>
    void middleware(request, response, () => behind(request, response));

/** The lines that say that nothing could be proved. */
export const warnings = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.includes("guard_unproved"));
