import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { banner } from "./banner.ts";
import { buildExample, folderOf } from "./build-example.ts";
import type { Example } from "./example.ts";
import { busyPort } from "./ports.ts";
import { runExample } from "./run-example.ts";
import { startAuthkit } from "./start-authkit.ts";

/**
 * Starts a local AuthKit and an example in front of it, ready to be signed in to.
 *
 * --no-cimd makes clients register themselves (DCR) instead of naming a document on the internet, which the
 * local AuthKit would have to fetch: for a machine without a network.
 */
export async function startExample(example: Example): Promise<void> {
  const values = readOptions(example);
  const port = portNumber("--port", values.port);
  const authkitPort = portNumber("--authkit-port", values["authkit-port"]);

  if (port === authkitPort) {
    fail(
      `Port ${port} is wanted twice: --port is the MCP server's, --authkit-port the local AuthKit's. ` +
        `Choose two: ${example.command} -- --port ${port} --authkit-port ${another(port)}`,
    );
  }
  for (const [wanted, option, what] of [
    [port, "--port", "the MCP server"],
    [authkitPort, "--authkit-port", "the local AuthKit"],
  ] as const) {
    const problem = await busyPort(wanted);
    if (problem !== undefined) {
      fail(
        `Port ${wanted}, where ${what} belongs, is ${problem}. End what uses it, or choose another: ${example.command} -- ${option} ${another(wanted)}`,
      );
    }
  }

  // Imported only now: on a fresh checkout setup has just built it.
  const { defaultSeed, parseSeed } = await import("@xmcp-dev/authkit-emulator");
  const seed =
    example.seed === undefined
      ? defaultSeed
      : parseSeed(readFileSync(join(folderOf(example.name), example.seed), "utf8"), "yaml");
  const baseUrl = `http://127.0.0.1:${port}`;
  // Before the build, so that a user who cannot have it does not wait for one.
  const started = await startAuthkit({
    port: authkitPort,
    resource: `${baseUrl}/mcp`,
    seed,
    features: { clientIdMetadataDocuments: !values["no-cimd"] },
    env: process.env,
  });
  if (!started.ok) return fail(started.problem);
  const { authkit } = started;

  process.stdout.write(`Building ${example.title} with xmcp ...\n`);
  buildExample(example.name, port);

  const server = runExample({
    example: example.name,
    env: authkit.env,
    print: (line) => process.stdout.write(`${line}\n`),
  });

  let isEnding = false;
  const end = async (code: number): Promise<never> => {
    isEnding = true;
    await server.stop();
    await authkit.close();
    process.exit(code);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // Not once(): a second Ctrl-C, or the same one forwarded by npm, must not cut the ending short.
    process.on(signal, () => {
      if (isEnding) return;
      process.stdout.write("\nEnding the MCP server and the local AuthKit ...\n");
      void end(0);
    });
  }
  void server.ended.then(async (code) => {
    if (isEnding) return;
    process.stderr.write(
      `The MCP server ended by itself (exit code ${code ?? "none"}); see its lines above.\n`,
    );
    await end(1);
  });

  const listening = await server.listening;
  if (listening !== undefined && listening !== `${baseUrl}/mcp`) {
    process.stderr.write(
      `The MCP server listens at ${listening}, but clients are told ${baseUrl}/mcp: another program took port ${port} ` +
        `meanwhile and xmcp moved on. End that program, or choose a port: ${example.command} -- --port ${another(port)}\n`,
    );
    await end(1);
  }
  if (listening !== undefined) {
    process.stdout.write(
      banner({ example, mcpUrl: listening, authkit, colors: process.stdout.isTTY }),
    );
  }
}

function readOptions({ command, port, authkitPort }: Example) {
  const usage = `Usage: ${command} -- [--port ${port}] [--authkit-port ${authkitPort}] [--no-cimd]`;
  try {
    const { values } = parseArgs({
      options: {
        help: { type: "boolean", short: "h", default: false },
        port: { type: "string", default: String(port) },
        "authkit-port": { type: "string", default: String(authkitPort) },
        "no-cimd": { type: "boolean", default: false },
      },
    });
    if (!values.help) return values;
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

function portNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    fail(`${option} must be a port number from 1 to 65535, not ${text}`);
  }
  return number;
}

/** A port to suggest in place of one that cannot be had. */
function another(port: number): number {
  return port > 65_525 ? port - 10 : port + 10;
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
