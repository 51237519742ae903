import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { runCli, type CliOutcome } from "../../src/cli/run.js";
import { defaultSeed } from "../../src/index.js";

let folder: string;
const running: CliOutcome[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "authkit-emulator-"));
});

afterAll(() => rm(folder, { recursive: true }));

afterEach(async () => {
  for (const outcome of running.splice(0))
    if (outcome.kind === "running") await outcome.emulator.close();
});

async function run(
  argv: readonly string[],
  env: Record<string, string> = {},
): Promise<{ outcome: CliOutcome; stdout: string; stderr: string }> {
  const written = { stdout: "", stderr: "" };
  const outcome = await runCli(argv, {
    env,
    stdout: (text) => void (written.stdout += text),
    stderr: (text) => void (written.stderr += text),
  });
  running.push(outcome);
  return { outcome, ...written };
}

async function start(argv: readonly string[]) {
  const result = await run(["--port", "0", ...argv]);
  if (result.outcome.kind !== "running") throw new Error(result.stderr);
  return { ...result, emulator: result.outcome.emulator };
}

async function metadataOf(url: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`${url}/.well-known/oauth-authorization-server`)).json()) as Record<
    string,
    unknown
  >;
}

describe("authkit-emulator", () => {
  it("starts, and says the issuer and who can sign in", async () => {
    const { emulator, stderr, stdout } = await start([]);
    expect(stdout).toContain(`Issuer: ${emulator.issuer}\n`);
    expect(stdout).toContain("ada@acme.test (Ada Lovelace)");
    expect(stdout).toContain("never for production");
    expect(stderr).toBe("");
    expect((await metadataOf(emulator.url))["issuer"]).toBe(emulator.issuer);
  });

  it("prints the environment of the server whose resource is registered, to be copied", async () => {
    const { emulator, stdout } = await start(["--resource", "http://127.0.0.1:3002/mcp"]);
    expect(stdout).toContain(
      `

WORKOS_API_KEY=sk_test_local_emulator_only_not_a_secret
WORKOS_CLIENT_ID=client_01K0ENV1R0NMENT00000000000
WORKOS_AUTHKIT_DOMAIN=${emulator.issuer}
WORKOS_API_URL=${emulator.url}
BASE_URL=http://127.0.0.1:3002

`,
    );
  });

  it.each([[[]], [["--resource", "https://mcp.example.com/server"]]])(
    "names BASE_URL where it cannot know it (%j)",
    async (argv) => {
      const { stdout } = await start(argv);
      expect(stdout).not.toMatch(/^BASE_URL=/mu);
      expect(stdout).toMatch(/^# BASE_URL=<where clients reach your server, .*>$/mu);
    },
  );

  it("prints its usage and its version", async () => {
    const help = await run(["--help"]);
    expect(help.outcome).toEqual({ kind: "exited", code: 0 });
    for (const option of [
      "--port",
      "--seed",
      "--resource",
      "--no-cimd",
      "--no-dcr",
      "--no-resource-indicators",
      "--iss",
      "--access-token-lifetime",
    ]) {
      expect(help.stdout).toContain(option);
    }
    const version = await run(["--version"]);
    expect(version.outcome).toEqual({ kind: "exited", code: 0 });
    expect(version.stdout).toMatch(/^[0-9]+\.[0-9]+\.[0-9]+\n$/u);
  });

  it("registers resources, the first one as default", async () => {
    const { emulator, stdout } = await start([
      "--resource",
      "http://127.0.0.1:3002/mcp",
      "--resource",
      "https://b.example/mcp",
    ]);
    expect(emulator.seed.resources).toEqual([
      { uri: "http://127.0.0.1:3002/mcp", default: true },
      { uri: "https://b.example/mcp" },
    ]);
    expect(stdout).toContain("http://127.0.0.1:3002/mcp (default)\n");
  });

  it("has AuthKit's switches", async () => {
    const { emulator } = await start([
      "--no-cimd",
      "--no-dcr",
      "--iss",
      "--access-token-lifetime",
      "7",
    ]);
    const metadata = await metadataOf(emulator.url);
    expect(metadata).not.toHaveProperty("registration_endpoint");
    expect(metadata).not.toHaveProperty("client_id_metadata_document_supported");
    expect(metadata["authorization_response_iss_parameter_supported"]).toBe(true);
    const claims = JSON.parse(
      Buffer.from((await emulator.token()).split(".")[1] ?? "", "base64url").toString(),
    );
    expect(claims.exp - claims.iat).toBe(7);
    const off = await start(["--no-resource-indicators", "--resource", "https://a.example/"]);
    const token = await off.emulator.token();
    expect(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()).toContain(
      `"aud":"${off.emulator.clientId}"`,
    );
  });

  it.each([
    [
      "seed.json",
      JSON.stringify({
        users: [{ id: "user_01ZOE", email: "zoe@acme.test" }],
        apiKey: "sk_live_pasted",
      }),
    ],
    ["seed.yaml", "apiKey: sk_live_pasted\nusers:\n  - id: user_01ZOE\n    email: zoe@acme.test\n"],
    ["seed.yml", "apiKey: sk_live_pasted\nusers: [{ id: user_01ZOE, email: zoe@acme.test }]\n"],
  ])("takes %s, and does not print a key from a file", async (name, text) => {
    const file = join(folder, name);
    await writeFile(file, text);
    const { emulator, stdout } = await start(["--seed", file]);
    expect(emulator.seed.users).toEqual([{ id: "user_01ZOE", email: "zoe@acme.test" }]);
    expect(stdout).toContain("    zoe@acme.test\n");
    expect(stdout).not.toContain("sk_live");
    expect(stdout).toContain("\n# WORKOS_API_KEY=<the apiKey of your seed file>\n");
  });

  it("reports that no user can sign in", async () => {
    const file = join(folder, "empty.json");
    await writeFile(file, "{}");
    expect((await start(["--seed", file])).stdout).toContain("no one: the seed has no users");
  });

  it("says in one line that the port is taken", async () => {
    const { emulator } = await start([]);
    const { port } = new URL(emulator.url);
    const { outcome, stderr } = await run(["--port", port]);
    expect(outcome).toEqual({ kind: "exited", code: 1 });
    expect(stderr).toBe(`Port ${port} is in use. Choose another with --port.\n`);
  });

  it.each([
    ["--port x", ["--port", "x"], "--port must be a number"],
    ["--port 70000", ["--port", "70000"], "--port must be a number"],
    ["a lifetime of 0", ["--access-token-lifetime", "0"], "--access-token-lifetime must be"],
    ["an unknown option", ["--prot", "1"], "--prot"],
    ["an argument too many", ["extra"], "extra"],
    ["a seed that is not there", ["--seed", "/nothing/seed.json"], "does not exist"],
    ["a resource that is none", ["--port", "0", "--resource", "mcp"], "resource[0] must be"],
  ])("refuses %s", async (_name, argv, message) => {
    const { outcome, stderr, stdout } = await run(argv);
    expect(outcome).toEqual({ kind: "exited", code: 1 });
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
  });

  it("names what is wrong with a seed file", async () => {
    const file = join(folder, "wrong.json");
    await writeFile(
      file,
      JSON.stringify({ users: [...defaultSeed.users, { id: "user_01X", email: "x" }] }),
    );
    const { outcome, stderr } = await run(["--seed", file]);
    expect(outcome).toEqual({ kind: "exited", code: 1 });
    expect(stderr).toBe("The seed cannot be used:\n  users[3].email: must be an e-mail address\n");
  });

  it("refuses production", async () => {
    const { outcome, stderr } = await run(["--port", "0"], { NODE_ENV: "production" });
    expect(outcome).toEqual({ kind: "exited", code: 1 });
    expect(stderr).toContain("NODE_ENV=production");
  });
});
