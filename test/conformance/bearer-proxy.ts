import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";

/** A proxy that adds an access token to what passes through it, and changes nothing else. */
export interface BearerProxy {
  readonly mcpUrl: string;
  readonly close: () => Promise<void>;
}

/** For suites that cannot sign in: Host and Origin pass as they came, so that these can be tested. */
export async function startBearerProxy(mcpUrl: string, token?: string): Promise<BearerProxy> {
  const target = new URL(mcpUrl);
  const server = createServer((incoming, outgoing) => {
    const { method, url: path } = incoming;
    const headers = {
      ...incoming.headers,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const onward = httpRequest(
      { host: target.hostname, port: target.port, method, path, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(outgoing);
      },
    );
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    mcpUrl: `http://127.0.0.1:${port}${target.pathname}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
