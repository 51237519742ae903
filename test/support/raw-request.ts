import { connect } from "node:net";

/**
 * Sends bytes as they are, since clients tidy a path up before it leaves; resolves with the whole answer.
 *
 * A server that refuses a request by its first line closes before it has read the rest, and the reset that follows may
 * overtake its answer: then it is asked again.
 */
export async function rawRequest(
  port: number,
  head: string,
  body: string | Buffer = "",
): Promise<string> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const answer = await send(port, head, body);
    if (answer !== undefined) return answer;
  }
  throw new Error("the connection was reset five times before an answer came");
}

/** Nothing when the connection was reset before anything came. */
function send(port: number, head: string, body: string | Buffer): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      answer += chunk;
      // A host may keep the connection open after the last byte whatever we asked for.
      if (isWhole(answer)) socket.destroy();
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (answer !== "") resolve(answer);
      else if (error.code === "ECONNRESET" || error.code === "EPIPE") resolve(undefined);
      else reject(error);
    });
    socket.once("close", () => {
      resolve(answer);
    });
    // Not end(): a half-closed connection would look like a client that went away.
    socket.write(
      `${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`,
    );
    socket.write(body);
  });
}

export function statusOf(answer: string): number {
  return Number(answer.split(" ", 2)[1]);
}

function isWhole(answer: string): boolean {
  if (answer.endsWith("\r\n0\r\n\r\n")) return true;
  const bodyAt = answer.indexOf("\r\n\r\n") + 4;
  const [, length] = /\r\ncontent-length: (\d+)\r\n/iu.exec(answer.slice(0, bodyAt)) ?? [];
  return length !== undefined && answer.length - bodyAt >= Number(length);
}
