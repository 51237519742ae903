/**
 * `npm start`: a local AuthKit and the quickstart MCP server in front of it, ready to be signed in to.
 *
 *   npm start -- [--port 3002] [--authkit-port 4100] [--no-cimd]
 *
 * --no-cimd makes clients register themselves (DCR) instead of naming a document on the internet, which the
 * local AuthKit would have to fetch: for a machine without a network.
 */
import { parseArgs } from "node:util";
import { banner } from "./start/banner.ts";
import { buildQuickstart } from "./start/build-quickstart.ts";
import { busyPort } from "./start/ports.ts";
import { runQuickstart } from "./start/run-quickstart.ts";

const values = readOptions();
const port = portNumber("--port", values.port);
const authkitPort = portNumber("--authkit-port", values["authkit-port"]);

for (const [wanted, option, what] of [
  [port, "--port", "the MCP server"],
  [authkitPort, "--authkit-port", "the local AuthKit"],
] as const) {
  const problem = await busyPort(wanted);
  if (problem !== undefined) {
    fail(
      `Port ${wanted}, where ${what} belongs, is ${problem}. End what uses it, or choose another: npm start -- ${option} ${wanted + 10}`,
    );
  }
}

process.stdout.write("Building the quickstart with xmcp ...\n");
buildQuickstart(port);

// Imported only now: on a fresh checkout setup has just built it.
const { createEmulator, defaultSeed } = await import("@xmcp-dev/authkit-emulator");
const baseUrl = `http://127.0.0.1:${port}`;
const authkit = await createEmulator({
  port: authkitPort,
  seed: { ...defaultSeed, resources: [{ uri: `${baseUrl}/mcp`, default: true }] },
  features: { clientIdMetadataDocuments: !values["no-cimd"] },
  env: process.env,
});

const quickstart = runQuickstart({
  env: {
    WORKOS_API_KEY: authkit.apiKey,
    WORKOS_CLIENT_ID: authkit.clientId,
    WORKOS_AUTHKIT_DOMAIN: authkit.issuer,
    WORKOS_API_URL: authkit.url,
    BASE_URL: baseUrl,
  },
  print: (line) => process.stdout.write(`${line}\n`),
});

let isEnding = false;
const end = async (code: number): Promise<never> => {
  isEnding = true;
  await quickstart.stop();
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
void quickstart.ended.then(async (code) => {
  if (isEnding) return;
  process.stderr.write(
    `The MCP server ended by itself (exit code ${code ?? "none"}); see its lines above.\n`,
  );
  await end(1);
});

const listening = await quickstart.listening;
if (listening !== undefined && listening !== `${baseUrl}/mcp`) {
  process.stderr.write(
    `The MCP server listens at ${listening}, but clients are told ${baseUrl}/mcp: another program took port ${port} ` +
      "meanwhile and xmcp moved on. End that program, or choose a port: npm start -- --port 3012\n",
  );
  await end(1);
}
if (listening !== undefined) {
  process.stdout.write(banner({ mcpUrl: listening, authkit, colors: process.stdout.isTTY }));
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        port: { type: "string", default: "3002" },
        "authkit-port": { type: "string", default: "4100" },
        "no-cimd": { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return fail(
      `${error instanceof Error ? error.message : String(error)}\nUsage: npm start -- [--port 3002] [--authkit-port 4100] [--no-cimd]`,
    );
  }
}

function portNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    fail(`${option} must be a port number from 1 to 65535, not ${text}`);
  }
  return number;
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
