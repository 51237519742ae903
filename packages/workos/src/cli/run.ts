import { parseArgs } from "node:util";
import { openFailedEntries } from "../audit/sqlite-outbox.js";
import { WorkOSAuthError } from "../errors.js";
import { auditLogSchemas } from "../audit/audit-event.js";
import { closestTo } from "../standards/closest-name.js";
import { oneLine } from "../trail/legible.js";
import { ensureSchemas } from "../workos/audit-logs.js";
import { createClient } from "../workos/client.js";
import { describeApiFailure, readApiAccess } from "./api.js";
import { runAccess } from "./access-command.js";
import { runTypes } from "./types-command.js";
import { MisuseError, type CommandWorld } from "./world.js";
import { describeFileFailure } from "./written-file.js";

export type { CommandWorld };

const HELP = `Usage: npx @xmcp-dev/workos <command>

  types                        writes src/workos-types.d.ts, which tells TypeScript the names of this xmcp project's
                               tools and prompts, and of the WorkOS environment's permissions, roles and feature flags
    --check                    writes nothing, and ends with 1 when the file is not up to date: for CI
    --no-workos                leaves the names of WorkOS in the file as they are, and needs no key
    --out <file>               writes another file
    --tools, --prompts <dir>   instead of the folders that xmcp.config.ts names
    --organization <org_...>   counts the own roles of this organization (again for more), instead of those of all

  access                       prints who may use what by the access map, with a column for each role of WorkOS
    --map <file>               the module that exports it as access or as its default export; src/access.ts otherwise
    --personas <file.json>     asks about these callers instead, and needs no key
    --snapshot                 writes the table to access.snapshot.md, so that a pull request shows what it changes
    --check                    writes nothing, and ends with 1 when the snapshot is not up to date: for CI
    --out <file.md>            another snapshot
    --tools, --prompts, --resources <dir>, --organization <org_...>   as for types

  audit-log-schemas            prints the schemas that auditLogs() needs in WorkOS, as JSON
  audit-log-schemas --create   creates those that the environment of WORKOS_API_KEY lacks
  failed-entries <outbox>        lists the audit log events in an outbox that WorkOS refused, a line of JSON each
  failed-entries <outbox> --retry [key...]
                               lets the server send them again, all or those with these keys

WORKOS_API_KEY and, for a WorkOS API elsewhere, WORKOS_API_URL are read from the environment, not from .env.
`;

/** Runs the command; returns its exit code: 0 when it did what was asked, 1 when it could not, 2 when it was asked wrongly. */
export async function run(given: readonly string[], terminal: CommandWorld): Promise<number> {
  const [key] = /sk_[\w-]+/.exec(terminal.env["WORKOS_API_KEY"] ?? "") ?? [];
  // The text of a server or a file may hold bytes that move a terminal's cursor, or the key that it was sent.
  const show = (text: string): string => {
    const shown = legibleLines(text);
    return key === undefined ? shown : shown.replaceAll(key, "sk_…");
  };
  const world: CommandWorld = {
    ...terminal,
    print: (text) => {
      terminal.print(show(text));
    },
    printError: (text) => {
      terminal.printError(show(text));
    },
  };
  const { print, printError } = world;
  try {
    if (given.some((argument) => argument === "--help" || argument === "-h")) {
      print(HELP);
      return 0;
    }
    const [first, ...rest] = given;
    if (first === "types") return await runTypes(rest, world);
    if (first === "access") return await runAccess(rest, world);
    const { values, positionals } = parseArgs({
      args: [...given],
      allowPositionals: true,
      options: {
        create: { type: "boolean" },
        retry: { type: "boolean" },
      },
    });
    const [command, path, ...keys] = positionals;
    if (command === "audit-log-schemas" && path === undefined && values.retry === undefined) {
      if (values.create === true) return await createSchemas(world);
      print(JSON.stringify(auditLogSchemas, undefined, 2));
      return 0;
    }
    if (command === "failed-entries" && path !== undefined && values.create === undefined) {
      if (keys.length === 0 || values.retry === true) {
        return failedEntries(path, values.retry === true, keys, world);
      }
    }
    printError(explainMisuse(command, path));
  } catch (error) {
    if (error instanceof WorkOSAuthError) {
      printError(error.message);
      return 1;
    }
    const failure = describeFileFailure(error);
    if (failure !== undefined) {
      printError(failure);
      return 1;
    }
    // A TypeError is of parseArgs(): an option that there is not.
    if (!(error instanceof TypeError) && !(error instanceof MisuseError)) throw error;
    // Its first sentence names the option; what follows is about arguments that begin with a dash.
    printError(
      error instanceof MisuseError ? error.message : `${error.message.split(". ", 1)[0]}.`,
    );
  }
  printError(`\n${HELP}`);
  return 2;
}

const COMMANDS = ["types", "access", "audit-log-schemas", "failed-entries"];

/** Explains what is wrong with a command that cannot be run as it was given. */
function explainMisuse(command: string | undefined, path: string | undefined): string {
  switch (command) {
    case undefined:
      return "Which command shall run?";
    case "audit-log-schemas":
      return "audit-log-schemas takes --create and nothing else.";
    case "failed-entries":
      return path === undefined
        ? "failed-entries needs the path of the outbox, as it was given to auditLogs({ outbox })."
        : "failed-entries takes keys with --retry only, and no --create.";
    default: {
      const meant = command === "dead-letters" ? "failed-entries" : closestTo(command, COMMANDS);
      return `There is no command ${command}${meant === undefined ? "." : `: is ${meant} meant?`}`;
    }
  }
}

async function createSchemas(world: CommandWorld): Promise<number> {
  const { print, printError } = world;
  const access = readApiAccess(world);
  if (access === undefined) return 1;
  try {
    const { created, present } = await ensureSchemas(createClient(access)(), auditLogSchemas);
    for (const action of created) print(`created  ${action}`);
    for (const action of present) print(`present  ${action}`);
    return 0;
  } catch (error) {
    printError(describeApiFailure(error, access));
    return 1;
  }
}

function failedEntries(
  path: string,
  isReplay: boolean,
  keys: readonly string[],
  { now, print, printError }: CommandWorld,
): number {
  const outbox = openFailedEntries(path);
  try {
    if (isReplay) {
      const known = new Set(outbox.failedEntries().map(({ key }) => key));
      const unknown = keys.filter((key) => !known.has(key));
      const count = outbox.revive(keys.length === 0 ? undefined : keys, now());
      print(`${count} will be sent again, within half a minute or when the server starts.`);
      if (unknown.length > 0) {
        printError(`${path} has no failed entry with the key ${unknown.join(", ")}`);
        return 1;
      }
    } else {
      for (const { failedAt, ...letter } of outbox.failedEntries()) {
        print(JSON.stringify({ failedAt: new Date(failedAt).toISOString(), ...letter }));
      }
    }
    return 0;
  } catch (error) {
    // SQLite's, of a file that another process holds, or that cannot be written.
    printError(`${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    outbox.close();
  }
}

function legibleLines(text: string): string {
  return text.split("\n").map(oneLine).join("\n");
}
