import { connect, type Socket } from "node:net";
import autocannon from "autocannon";

const BODY = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
const HEADERS = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
};

/** What became of a series of requests. */
export interface Series {
  /** How many answers had each status; 0 stands for a connection that broke or a wait that ended. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Milliseconds of every answer, in the order in which they came. */
  readonly latencies: readonly number[];
}

/** Sends requests over kept-alive connections, one at a time on each; the tokens are taken in turn. */
export async function drive(
  port: number,
  {
    tokens,
    requests,
    connections = 1,
    body = BODY,
    patience = 20_000,
  }: {
    tokens: readonly string[];
    requests: number;
    connections?: number;
    body?: string;
    patience?: number;
  },
): Promise<Series> {
  const frames = tokens.map((token) => frame(token, body));
  const statuses: Record<number, number> = {};
  const latencies: number[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    const line = new Line(port);
    while (next < requests) {
      const bytes = frames[next % frames.length] as Buffer;
      next += 1;
      const start = performance.now();
      const status = await line.send(bytes, patience);
      latencies.push(performance.now() - start);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
    line.close();
  };
  await Promise.all(Array.from({ length: connections }, work));
  return { statuses, latencies };
}

/** The status that one request gets, and after how long. */
export async function once(
  port: number,
  token: string,
  patience?: number,
): Promise<{ status: number; milliseconds: number }> {
  const { statuses, latencies } = await drive(port, {
    tokens: [token],
    requests: 1,
    ...(patience === undefined ? {} : { patience }),
  });
  return { status: Number(Object.keys(statuses)[0]), milliseconds: latencies[0] ?? 0 };
}

/** Requests a second that a server answers on eight connections. */
export async function saturate(
  port: number,
  { token, seconds, body = BODY }: { token: string; seconds: number; body?: string },
): Promise<{ answered: number; perSecond: number; wrong: number }> {
  const result = await autocannon({
    url: `http://127.0.0.1:${port}/mcp`,
    method: "POST",
    connections: 8,
    duration: seconds,
    headers: { ...HEADERS, authorization: `Bearer ${token}` },
    body,
  });
  const answered = result["2xx"] + result.non2xx;
  return {
    answered,
    perSecond: answered / result.duration,
    wrong: result.non2xx + result.errors,
  };
}

function frame(token: string, body: string): Buffer {
  const head = [
    "POST /mcp HTTP/1.1",
    "Host: mcp.example.com",
    ...Object.entries(HEADERS).map(([name, value]) => `${name}: ${value}`),
    `Authorization: Bearer ${token}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** One connection, as bare as can be: the client must not be what is measured. */
class Line {
  readonly #port: number;
  #socket: Socket | undefined;
  #received = "";
  #settle: ((status: number) => void) | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  send(bytes: Buffer, patience: number): Promise<number> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#end(), patience);
      this.#settle = (status) => {
        clearTimeout(timer);
        this.#settle = undefined;
        resolve(status);
      };
      this.#socket ??= this.#connect();
      this.#socket.write(bytes);
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #connect(): Socket {
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.#received += text;
      if (!isComplete(this.#received)) return;
      const status = Number(this.#received.slice(9, 12));
      if (/^connection: close/im.test(this.#received)) this.close();
      this.#received = "";
      this.#settle?.(status);
    });
    socket.on("error", () => this.#end());
    socket.on("close", () => {
      if (this.#socket === socket) this.#end();
    });
    return socket;
  }

  #end(): void {
    this.close();
    this.#received = "";
    this.#settle?.(0);
  }
}

function isComplete(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const head = text.slice(0, end);
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  if (length !== undefined) return text.length >= end + 4 + Number(length);
  return /^transfer-encoding: chunked/im.test(head) ? text.endsWith("0\r\n\r\n") : true;
}
