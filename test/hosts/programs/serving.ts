import process from "node:process";

/** Prints where a program listens, and ends it with its input or on SIGTERM: the guard first, which ends its streams. */
export function serveUntilEnd(port: number, guard: { readonly close: () => Promise<void> }): void {
  const end = (): void => {
    void guard.close().finally(() => {
      // The last bytes of streams that were ended are on their way.
      setTimeout(() => process.exit(0), 100);
    });
  };
  process.once("SIGTERM", end);
  process.stdin.resume().once("end", end);
  console.log(`listening http://127.0.0.1:${port}`);
}
