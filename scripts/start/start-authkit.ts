import type { Emulator, StartOptions } from "@xmcp-dev/authkit-emulator";

/** A local AuthKit, or why there is none, in words for the user of the command. */
export type AuthkitStart =
  | { readonly ok: true; readonly authkit: Emulator }
  | { readonly ok: false; readonly problem: string };

/** Starts the local AuthKit; rejects only with what was not foreseen. */
export async function startAuthkit(
  options: StartOptions & { readonly port: number },
): Promise<AuthkitStart> {
  const { startEmulator, EmulatorError, SeedError } = await import("@xmcp-dev/authkit-emulator");
  try {
    return { ok: true, authkit: await startEmulator(options) };
  } catch (error) {
    if (error instanceof EmulatorError && error.code === "production") {
      return { ok: false, problem: `${error.message} Unset NODE_ENV, and start again.` };
    }
    if (error instanceof EmulatorError || error instanceof SeedError) {
      return { ok: false, problem: error.message };
    }
    // Looked at before; but whatever else starts on this machine may have been faster.
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") {
      return {
        ok: false,
        problem: `Port ${options.port}, where the local AuthKit belongs, was taken by another program meanwhile. Start again.`,
      };
    }
    throw error;
  }
}
