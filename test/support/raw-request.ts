import { connect } from "node:net";

/** Sends bytes as they are, since clients tidy a path up before it leaves; resolves with the whole answer. */
export function rawRequest(port: number, head: string, body = ""): Promise<string> {
  return new Promise((resolve, reject) => {
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
    socket.end(
      `${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  });
}

export function statusOf(answer: string): number {
  return Number(answer.split(" ", 2)[1]);
}
