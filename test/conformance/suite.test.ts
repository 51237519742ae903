import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildApp, startApp, type RunningApp } from "../support/app.ts";
import { startPair, type Pair } from "../support/authkit.ts";
import { signIn } from "../support/person.ts";
import { freePort } from "../support/ports.ts";
import { startBearerProxy, type BearerProxy } from "./bearer-proxy.ts";
import { installTools } from "./install.ts";

const ADA = "user_01K0ADA0000000000000000000";
const ACME = "org_01K0ACME000000000000000000";
const PUBLIC_CLIENT = "client_01K0C0NF0RMANCE00000000000";

/** The two releases of `@modelcontextprotocol/conformance`, by the names they are installed under. */
const releases = { "0.1.16": "conformance-current", "0.2.0-alpha.12": "conformance-next" } as const;
type Release = keyof typeof releases;

let tools: string;
let pair: Pair;
let guarded: BearerProxy;

beforeAll(async () => {
  tools = await installTools("suite");
  pair = await startPair("conformance-suite", {
    seed: {
      applications: [
        {
          kind: "oauth",
          clientId: PUBLIC_CLIENT,
          name: "Known beforehand",
          redirectUris: ["http://127.0.0.1/callback"],
        },
      ],
    },
  });
  const token = await pair.authkit.token({
    as: ADA,
    organization: ACME,
    expiresInSeconds: 3600,
  });
  guarded = await startBearerProxy(pair.app.mcpUrl, token);
});

afterAll(async () => {
  await guarded?.close();
  await pair?.stop();
});

interface Check {
  readonly id: string;
  readonly status: "SUCCESS" | "FAILURE" | "WARNING" | "INFO" | "SKIPPED";
  readonly errorMessage?: string;
}

/** Runs the suite and resolves with its checks, by scenario. */
async function run(
  release: Release,
  parameters: readonly string[],
  onOutput: (text: string) => void = () => undefined,
): Promise<Readonly<Record<string, readonly Check[]>>> {
  const folder = mkdtempSync(join(tmpdir(), "conformance-"));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(
    process.execPath,
    [join(tools, releases[release], "dist/index.js"), ...parameters, "--output-dir", folder],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"], timeout: 100_000 },
  );
  child.stdout.setEncoding("utf8").on("data", onOutput);
  child.stderr.resume();
  child.once("error", reject);
  // It exits with 1 when a check has failed, which the checks say themselves.
  child.once("close", () => {
    resolve();
  });
  await promise;
  const results = readdirSync(folder).map((name) => [
    /^(?:authorization-)?server-(.+)-\d{4}-\d\d-\d\dT[\dZ-]+$/.exec(name)?.[1] ?? name,
    JSON.parse(readFileSync(join(folder, name, "checks.json"), "utf8")) as Check[],
  ]);
  rmSync(folder, { recursive: true });
  return Object.fromEntries(results) as Record<string, Check[]>;
}

describe("the MCP project's suite, server scenarios about the transport", () => {
  it.each([
    ["0.1.16", "its own revision", "server-initialize", 1],
    ["0.1.16", "its own revision", "ping", 1],
    ["0.1.16", "its own revision", "tools-list", 1],
    ["0.1.16", "its own revision", "dns-rebinding-protection", 2],
    ["0.2.0-alpha.12", "2025-06-18", "server-initialize", 2],
    ["0.2.0-alpha.12", "2025-06-18", "ping", 2],
    ["0.2.0-alpha.12", "2025-06-18", "tools-list", 2],
    ["0.2.0-alpha.12", "2025-11-25", "server-initialize", 2],
    ["0.2.0-alpha.12", "2025-11-25", "ping", 2],
    ["0.2.0-alpha.12", "2025-11-25", "tools-list", 3],
    ["0.2.0-alpha.12", "2025-11-25", "dns-rebinding-protection", 2],
    ["0.2.0-alpha.12", "2026-07-28", "tools-list", 4],
    ["0.2.0-alpha.12", "2026-07-28", "dns-rebinding-protection", 2],
    ["0.2.0-alpha.12", "2026-07-28", "http-header-validation", 14],
  ] as const)("%s, %s, %s: all %i checks", async (release, revision, scenario, expected) => {
    const results = await run(release, [
      "server",
      "--url",
      guarded.mcpUrl,
      "--scenario",
      scenario,
      // A scenario that is not of this revision is skipped, and then has no checks.
      ...(revision === "its own revision" ? [] : ["--spec-version", revision]),
    ]);
    const checks = (results[scenario] ?? []).filter(({ status }) => status !== "INFO");
    expect(checks.filter(({ status }) => status !== "SUCCESS")).toEqual([]);
    expect(checks).toHaveLength(expected);
  });
});

describe("the MCP project's suite 0.2.0-alpha.12, every server scenario", () => {
  let bare: RunningApp;
  let open: BearerProxy;

  beforeAll(async () => {
    const built = await buildApp("conformance-bare", {
      files: { "src/middleware.ts": "export default (_request, _response, next) => next();\n" },
    });
    bare = await startApp(built, {});
    open = await startBearerProxy(bare.mcpUrl);
  });

  afterAll(async () => {
    await open?.close();
    await bare?.stop();
  });

  it("ends behind the guard as it ends without it, except that DNS rebinding is refused", async () => {
    const all = (url: string) => run("0.2.0-alpha.12", ["server", "--url", url, "--suite", "all"]);
    const [withGuard, without] = await Promise.all([all(guarded.mcpUrl), all(open.mcpUrl)]);
    const outcome = (results: Readonly<Record<string, readonly Check[]>>) =>
      Object.fromEntries(
        Object.entries(results).map(([scenario, checks]) => [
          scenario,
          checks.map(({ id, status }) => `${status} ${id}`),
        ]),
      );
    expect(Object.keys(withGuard)).toHaveLength(65);
    const dnsRebinding = "dns-rebinding-protection";
    expect(outcome(without)[dnsRebinding]).toEqual([
      "FAILURE localhost-host-rebinding-rejected",
      "SUCCESS localhost-host-valid-accepted",
    ]);
    expect(outcome(withGuard)).toEqual({
      ...outcome(without),
      [dnsRebinding]: [
        "SUCCESS localhost-host-rebinding-rejected",
        "SUCCESS localhost-host-valid-accepted",
      ],
    });
  });
});

describe("the MCP project's suite 0.2.0-alpha.12, authorization server", () => {
  it("metadata and authorization code grant: 3 of 3 checks", async () => {
    const port = await freePort();
    const callback = `http://127.0.0.1:${port}/callback`;
    let output = "";
    let visited: Promise<string[]> | undefined;
    const results = await run(
      "0.2.0-alpha.12",
      [
        "authorization",
        "--url",
        pair.authkit.issuer,
        "--client-id",
        PUBLIC_CLIENT,
        "--resource",
        pair.app.mcpUrl,
        "--port",
        String(port),
      ],
      (text) => {
        output += text;
        // Up to the end of its line: the output comes in pieces.
        const url = /^http:\S+\/oauth2\/authorize\S+(?=\r?\n)/m.exec(output)?.[0];
        if (url !== undefined && output.includes("Callback server started")) {
          visited ??= visit(new URL(url), callback);
        }
      },
    );
    expect(await visited).toEqual(["sign-in", "organization", "consent"]);
    expect(results).toMatchObject({
      "authorization-server-metadata-endpoint": [
        { id: "authorization-server-metadata", status: "SUCCESS" },
        { id: "authorization-server-metadata-cimd", status: "SUCCESS" },
      ],
      "authorization-code-grant": [{ id: "authorization-code-grant", status: "SUCCESS" }],
    });
  });

  async function visit(url: URL, callback: string): Promise<string[]> {
    const { callback: target, pages } = await signIn(url, callback, {
      user: ADA,
      organization: ACME,
    });
    await fetch(target);
    return [...pages];
  }
});
