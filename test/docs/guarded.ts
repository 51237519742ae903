import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createEmulator, type Emulator } from "@xmcp-dev/authkit-emulator";
import { workosProvider, type WorkOSProviderConfig } from "@xmcp-dev/workos";

export interface GuardedPage {
  readonly authkit: Emulator;
  /** Runs code of the documentation inside a request with this token, and gives what it returned. */
  run(token: string, code: () => unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** An HTTP server whose one page runs whatever code of the documentation it is given, behind the guard. */
export async function serveCode(config: WorkOSProviderConfig = {}): Promise<GuardedPage> {
  const authkit = createEmulator({ resource: "http://127.0.0.1/mcp" });
  const answers = new Map<string, () => unknown>();
  const guard = workosProvider({ log: false, ...config }, authkit.overrides);
  const server = createServer((request, response) => {
    const serve = async (): Promise<void> => {
      const code = answers.get(request.url ?? "");
      response.end(JSON.stringify({ result: await code?.() }));
    };
    void guard(request, response, () => void serve());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    authkit,
    async run(token, code) {
      const path = `/${answers.size}`;
      let failure: Error | undefined;
      answers.set(path, async () => {
        try {
          return await code();
        } catch (error) {
          failure = error instanceof Error ? error : new Error(String(error));
          return undefined;
        }
      });
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
      });
      if (failure !== undefined) throw failure;
      const { result } = (await answer.json()) as { result?: unknown };
      return answer.ok ? result : answer.status;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await authkit.close();
    },
  };
}
