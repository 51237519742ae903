import { createServer } from "node:net";

/** Why a loopback port cannot be listened on, in words; `undefined` when it can. */
export function busyPort(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => {
      resolve(
        error.code === "EADDRINUSE" ? "in use" : `not to be had (${error.code ?? error.message})`,
      );
    });
    probe.listen(port, "127.0.0.1", () => {
      probe.close(() => {
        resolve(undefined);
      });
    });
  });
}
