import { createHash } from "node:crypto";
import { createServer, type AddressInfo, type Socket } from "node:net";

/** What RateLimiterRedis runs on the server, and what `run()` does in its place; no other script is known. */
const SCRIPT =
  "redis.call('set', KEYS[1], 0, 'EX', ARGV[2], 'NX') local consumed = redis.call('incrby', KEYS[1], ARGV[1]) " +
  "local ttl = redis.call('pttl', KEYS[1]) if ttl == -1 then redis.call('expire', KEYS[1], ARGV[2]) " +
  "ttl = 1000 * ARGV[2] end return {consumed, ttl}";

/** A server that speaks Redis's protocol (RESP3), as far as the clients and limiters of these tests do. */
export interface RedisServer {
  readonly url: string;
  /** Points consumed, by key. */
  readonly consumed: ReadonlyMap<string, number>;
  /** From now on commands are taken and not answered. */
  readonly hang: () => void;
  readonly close: () => Promise<void>;
}

export async function startRedisServer(): Promise<RedisServer> {
  const consumed = new Map<string, number>();
  const endsAt = new Map<string, number>();
  const sockets = new Set<Socket>();
  let isHanging = false;
  let digest: string | undefined;

  const run = (key: string, points: number, seconds: number): string => {
    if ((endsAt.get(key) ?? 0) <= Date.now()) {
      endsAt.set(key, Date.now() + seconds * 1000);
      consumed.set(key, 0);
    }
    const now = (consumed.get(key) ?? 0) + points;
    consumed.set(key, now);
    return `*2\r\n:${now}\r\n:${(endsAt.get(key) ?? 0) - Date.now()}\r\n`;
  };

  const answer = ([command = "", ...given]: readonly string[]): string => {
    const [script = "", count, key = "", points, seconds] = given;
    switch (command.toLowerCase()) {
      case "hello":
        return "%1\r\n$5\r\nproto\r\n:3\r\n";
      case "client":
        return "+OK\r\n";
      case "info":
        return "$9\r\nloading:0\r\n";
      case "evalsha":
        if (script !== digest) return "-NOSCRIPT No matching script. Please use EVAL.\r\n";
        return run(key, Number(points), Number(seconds));
      case "eval": {
        const isKnown = count === "1" && script.replaceAll(/\s+/g, " ").trim() === SCRIPT;
        if (!isKnown) return "-ERR this is not the script that this server knows\r\n";
        digest = createHash("sha1").update(script).digest("hex");
        return run(key, Number(points), Number(seconds));
      }
      default:
        return `-ERR unknown command '${command}'\r\n`;
    }
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    let text = "";
    socket.setEncoding("utf8").on("error", () => undefined);
    socket.on("data", (chunk: string) => {
      text += chunk;
      for (let read = readCommand(text); read !== undefined; read = readCommand(text)) {
        text = read.rest;
        if (!isHanging) socket.write(answer(read.command));
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    consumed,
    hang: () => {
      isHanging = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** An array of bulk strings, of letters that are one byte each, and what comes after it; undefined until it is whole. */
function readCommand(
  text: string,
): { readonly command: string[]; readonly rest: string } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (head === null) return undefined;
  let rest = text.slice(head[0].length);
  const command: string[] = [];
  for (let left = Number(head[1]); left > 0; left -= 1) {
    const size = /^\$(\d+)\r\n/.exec(rest);
    if (size === null) return undefined;
    const [start, end] = [size[0].length, size[0].length + Number(size[1])];
    if (rest.length < end + 2) return undefined;
    command.push(rest.slice(start, end));
    rest = rest.slice(end + 2);
  }
  return { command, rest };
}
