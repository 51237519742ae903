import { readFile } from "node:fs/promises";
import { startEmulator, type Emulator } from "../emulator.js";
import { EmulatorError } from "../emulator-error.js";
import { fullName } from "../environment/environment.js";
import { defaultSeed } from "../seed/default-seed.js";
import { parseSeed } from "../seed/parse-seed.js";
import type { Seed } from "../seed/seed.js";
import { SeedError } from "../seed/seed-error.js";
import { readArguments, usage, type CommandLine } from "./arguments.js";
import { serverEnvironment } from "./server-environment.js";

type Start = Extract<CommandLine, { kind: "start" }>;

/** Where the command reads its environment from and writes its lines to. */
export interface CliSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** What became of the command: it is over with an exit code, or an emulator runs until it is closed. */
export type CliOutcome =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "running"; readonly emulator: Emulator };

/** Runs the command line; sets no exit code and handles no signal, that is for the program around it. */
export async function runCli(
  argv: readonly string[],
  surroundings: CliSurroundings,
): Promise<CliOutcome> {
  const { stderr, stdout } = surroundings;
  const command = readArguments(argv);
  switch (command.kind) {
    case "help":
      stdout(usage);
      return { kind: "exited", code: 0 };
    case "version":
      stdout(`${await readVersion()}\n`);
      return { kind: "exited", code: 0 };
    case "wrong":
      stderr(`${command.message}\nTry npx @xmcp-dev/authkit-emulator --help.\n`);
      return { kind: "exited", code: 1 };
    case "start":
      return start(command, surroundings);
  }
}

async function start(
  command: Start,
  { env, stderr, stdout }: CliSurroundings,
): Promise<CliOutcome> {
  try {
    const emulator = await startEmulator({
      env,
      seed: await readSeedFile(command.seedFile),
      resource: command.resources,
      port: command.port,
      ...(command.host === undefined ? {} : { host: command.host }),
      ...(command.issuer === undefined ? {} : { issuer: command.issuer }),
      allowNonLoopback: command.allowNonLoopback,
      log: (line) => stdout(`${line}\n`),
      features: {
        ...(command.withoutMetadataDocuments ? { clientIdMetadataDocuments: false } : {}),
        ...(command.withoutRegistration ? { dynamicClientRegistration: false } : {}),
        ...(command.withoutResourceIndicators ? { resourceIndicators: false } : {}),
        ...(command.withIssuerParameter ? { issuerParameter: true } : {}),
      },
      ...(command.accessTokenLifetime === undefined
        ? {}
        : { accessTokenLifetimeSeconds: command.accessTokenLifetime }),
    });
    stdout(describe(emulator));
    return { kind: "running", emulator };
  } catch (error) {
    stderr(`${explain(error, command)}\n`);
    return { kind: "exited", code: 1 };
  }
}

function explain(error: unknown, command: Start): string {
  if (error instanceof EmulatorError || error instanceof SeedError) return error.message;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EADDRINUSE") return `Port ${command.port} is in use. Choose another with --port.`;
  if (code === "EACCES") return `Port ${command.port} or the seed file may not be opened.`;
  if (code === "ENOENT") return `The seed file ${command.seedFile ?? ""} does not exist.`;
  return `The emulator could not start: ${error instanceof Error ? error.message : String(error)}`;
}

async function readSeedFile(file: string | undefined): Promise<Seed> {
  if (file === undefined) return defaultSeed;
  return parseSeed(await readFile(file, "utf8"), /\.ya?ml$/iu.test(file) ? "yaml" : "json");
}

function describe(emulator: Emulator): string {
  const { issuer, seed } = emulator;
  const people = seed.users.map((user) => `    ${user.email}${nameSuffix(fullName(user))}`);
  const resources = seed.resources.map(
    ({ uri, ...rest }) => `    ${uri}${rest.default === true ? " (default)" : ""}`,
  );
  return [
    "AuthKit emulator: for development and tests, never for production",
    "",
    `  Issuer: ${issuer}`,
    "",
    "  Who can sign in:",
    ...(people.length > 0 ? people : ["    no one: the seed has no users"]),
    ...(resources.length > 0 ? ["", "  Resource indicators:", ...resources] : []),
    "",
    "  The environment of your MCP server, for its .env:",
    "",
    ...serverEnvironment(emulator),
    "",
    "  Stop with Ctrl-C.",
    "",
    "",
  ].join("\n");
}

function nameSuffix(name: string | undefined): string {
  return name === undefined ? "" : ` (${name})`;
}

async function readVersion(): Promise<string> {
  const manifest = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return String((JSON.parse(manifest) as { readonly version?: unknown }).version);
}
