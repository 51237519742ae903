import {
  createServer,
  type IncomingMessage,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { expect, onTestFinished, vi } from "vitest";
import {
  getSession,
  workosProvider,
  type RuntimeOverrides,
  type WorkOSMiddleware,
  type WorkOSProviderConfig,
} from "../../src/index.js";
import { CLIENT_ID, createHomeIssuer, NOW, type TestIssuer } from "./issuer.js";

/** A real HTTP server behind the guard, as xmcp's would be. */
export interface GuardedServer {
  readonly issuer: TestIssuer;
  readonly port: number;
  readonly origin: string;
  /** Every log line, as "level line". */
  readonly lines: string[];
  readonly clock: { now: number };
  /** How often something behind the guard ran. */
  readonly reached: { count: number };
  readonly middleware: WorkOSMiddleware;
  readonly ask: (
    token?: string,
    init?: RequestInit & { readonly path?: string },
  ) => Promise<Response>;
}

export interface GuardedServerOptions {
  readonly config?: WorkOSProviderConfig;
  /** The newest provider there is, in the place of one of this server's own; its log and clock are not this server's. */
  readonly middleware?: WorkOSMiddleware;
  readonly issuer?: TestIssuer;
  readonly handler?: (request: IncomingMessage, response: ServerResponse) => void;
  /** Runs before the guard, as a host's own middleware does. */
  readonly before?: (request: IncomingMessage, response: ServerResponse) => void;
  readonly server?: ServerOptions;
  readonly fetch?: typeof globalThis.fetch;
  readonly schedule?: RuntimeOverrides["schedule"];
}

/** A log line without where it is documented, which tests of the log are about. */
export function withoutLink(line: string): string {
  return line.replace(/(?:; see|\s+See) https:\/\/xmcp\.dev\/docs\/\S+$/, "");
}

/** The log of one provider, as an array of lines. */
export function collect(lines: string[]): {
  info: (line: string) => void;
  warn: (line: string) => void;
  error: (line: string) => void;
} {
  return {
    info: (line) => lines.push(`info ${withoutLink(line)}`),
    warn: (line) => lines.push(`warn ${withoutLink(line)}`),
    error: (line) => lines.push(`error ${withoutLink(line)}`),
  };
}

export const GOOD_CONFIG: WorkOSProviderConfig = Object.freeze({
  apiKey: "sk_test_0123456789",
  clientId: CLIENT_ID,
  baseURL: "https://mcp.example.com",
  authkitDomain: "acme.authkit.app",
});

/** Starts a server for the test that runs; it ends with the test. */
export async function startGuarded(options: GuardedServerOptions = {}): Promise<GuardedServer> {
  const issuer = options.issuer ?? createHomeIssuer();
  const lines: string[] = [];
  const clock = { now: NOW };
  const reached = { count: 0 };
  const middleware =
    options.middleware ??
    workosProvider(
      { ...GOOD_CONFIG, log: { logger: collect(lines) }, ...options.config },
      {
        env: {},
        fetch: options.fetch ?? issuer.fetch,
        now: () => clock.now,
        ...(options.schedule === undefined ? {} : { schedule: options.schedule }),
      },
    );
  const proof = newestProof();
  const handler =
    options.handler ??
    ((_request: IncomingMessage, response: ServerResponse): void => {
      response.end(JSON.stringify(getSession()));
    });
  const server = createServer(options.server ?? {}, (request, response) => {
    options.before?.(request, response);
    void middleware(request, response, () => {
      reached.count += 1;
      handler(request, response);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  // A scheduler of the test's own runs nothing by itself, and then the first request is the proof.
  if (options.schedule === undefined) await proof();
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    issuer,
    port,
    origin,
    lines,
    clock,
    reached,
    middleware,
    ask: async (token, { path = "/mcp", ...init } = {}) => {
      const headers = new Headers(init.headers);
      if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
      return fetch(`${origin}${path}`, { method: "POST", redirect: "manual", ...init, headers });
    },
  };
}

/** Waits until the provider that was made last has proved that it is mounted: "Guarding" is its first line then. */
function newestProof(): () => Promise<void> {
  const { probes } = Reflect.get(globalThis, Symbol.for("@xmcp-dev/workos/mount-probes@1")) as {
    readonly probes: ReadonlyMap<string, unknown>;
  };
  const nonce = [...probes.keys()].at(-1) ?? "";
  return async () => {
    await vi.waitFor(
      () => {
        expect(probes.has(nonce)).toBe(false);
      },
      { timeout: 10_000 },
    );
  };
}

/** What came back over a raw socket. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends header lines exactly as they are. */
export async function rawCall(
  port: number,
  requestLine: string,
  headerLines: readonly string[] = [],
  bodyLines: readonly string[] = [],
): Promise<RawAnswer> {
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      answer += chunk;
    });
    socket.once("error", reject);
    socket.once("close", () => {
      resolve(answer);
    });
    const lines = [`${requestLine} HTTP/1.1`, "Host: mcp.example.com", ...headerLines];
    const head = `${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`;
    socket.write(Buffer.from(head + bodyLines.join("\r\n"), "latin1"));
  });
  const [head = "", body = ""] = text.split("\r\n\r\n", 2);
  return { status: Number(head.split(" ", 2)[1]), head, body };
}
