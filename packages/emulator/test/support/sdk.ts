import { WorkOS } from "@workos-inc/node";
import type { Emulator } from "../../src/index.js";

export const apiKeyHeader = { authorization: "Bearer sk_test_local_emulator_only_not_a_secret" };

/** The real SDK, pointed at the emulator. */
export function sdkFor({ url }: Emulator, apiKey: string): WorkOS {
  return new WorkOS(apiKey, {
    apiHostname: "127.0.0.1",
    port: Number(new URL(url).port),
    https: false,
  });
}

/** What a call rejects with. */
export function errorOf(run: () => Promise<unknown>): Promise<unknown> {
  return run().then(
    () => "no error",
    (error: unknown) => error,
  );
}
