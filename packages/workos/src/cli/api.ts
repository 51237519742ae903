import { readApiSettings } from "../server/configuration.js";
import { readFailure } from "../workos/failure.js";
import type { ApiAccess } from "../workos/client.js";
import { TooManyNamesError } from "../workos/names.js";
import type { CommandWorld } from "./world.js";

/** Reads how to reach the WorkOS API; prints what is wrong with it when it cannot be. */
export function readApiAccess({ env, fetch, printError }: CommandWorld): ApiAccess | undefined {
  const read = readApiSettings(env);
  if (read.ok) return { ...read.settings, clientId: "", fetch };
  for (const { message } of read.problems) printError(message);
  printError(
    "Both are read from the environment, not from .env: `set -a; . ./.env; set +a` puts it there.",
  );
  printError("WORKOS_API_URL is for a WorkOS API elsewhere; leave it out for WorkOS itself.");
  return undefined;
}

/** Explains why WorkOS did not do what it was asked, without anything of the key. */
export function describeApiFailure(error: unknown, { apiUrl }: ApiAccess): string {
  if (error instanceof TooManyNamesError) return error.message;
  const { status, problem = "cannot be reached" } = readFailure(error);
  const why = error instanceof Error ? error.message : String(error);
  if (status !== undefined) return `WorkOS answered ${status}: ${why}`;
  const isLocal = apiUrl.hostname === "localhost" || /^(127\.|\[::1\])/.test(apiUrl.hostname);
  const cure = isLocal
    ? "Is the local AuthKit running, at this port?"
    : "Is there a way to it from this machine, such as a proxy that it needs?";
  return (
    `WorkOS at ${apiUrl.origin} ${problem}. ${cure} ` +
    "Without it: types --no-workos leaves WorkOS's names as they are, and access --personas <file.json> asks about callers of a file."
  );
}
