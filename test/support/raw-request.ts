import { connect } from "node:net";

/** Sends bytes as they are, since clients tidy a path up before it leaves; resolves with the whole answer. */
export function rawRequest(
  port: number,
  head: string,
  body: string | Buffer = "",
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      answer += chunk;
      // A host may keep the connection open after the last chunk whatever we asked for.
      if (answer.endsWith("\r\n0\r\n\r\n")) socket.destroy();
    });
    socket.once("error", reject);
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
