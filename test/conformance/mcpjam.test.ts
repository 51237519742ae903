import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  CLIENT_METADATA_URL,
  serveClientMetadata,
  startPair,
  type Pair,
} from "../support/authkit.ts";
import { signIn } from "../support/person.ts";
import { freePort } from "../support/ports.ts";
import { installTools } from "./install.ts";

/** What is used here of `@mcpjam/sdk`, which is not installed where this file is type-checked. */
interface MCPJam {
  readonly OAuthConformanceTest: new (config: {
    readonly serverUrl: string;
    readonly protocolVersion: string;
    readonly registrationStrategy: string;
    readonly client: object;
    readonly auth: object;
    readonly redirectUrl: string;
    readonly fetchFn: typeof fetch;
    readonly verification: object;
    readonly oauthConformanceChecks: boolean;
  }) => { readonly run: () => Promise<Result> };
}
interface Result {
  readonly passed: boolean;
  readonly steps: readonly Step[];
  readonly verification?: { readonly listTools?: Verified; readonly callTool?: Verified };
}
interface Step {
  readonly step: string;
  readonly status: "passed" | "failed" | "skipped";
  readonly error?: { readonly message: string };
}
interface Verified {
  readonly passed: boolean;
  readonly toolCount?: number;
  readonly toolName?: string;
}

const ADA = "user_01K0ADA0000000000000000000";
const ACME = "org_01K0ACME000000000000000000";
const PUBLIC_CLIENT = "client_01K0C0NF0RMANCE00000000000";
const MACHINE = {
  clientId: "client_01K0REP0RTER00000000000000",
  clientSecret: "local_reporter_not_a_secret",
};

const seed = {
  applications: [
    {
      kind: "oauth",
      clientId: PUBLIC_CLIENT,
      name: "Known beforehand",
      redirectUris: ["http://127.0.0.1/callback"],
    },
    { kind: "m2m", ...MACHINE, name: "Nightly Reporter", organizationId: ACME },
  ],
} as const;

let mcpjam: MCPJam;
let pair: Pair | undefined;

beforeAll(async () => {
  // Its telemetry would leave this machine.
  process.env["DO_NOT_TRACK"] = "1";
  const sdk = join(await installTools("mcpjam"), "@mcpjam/sdk/dist/index.js");
  mcpjam = (await import(pathToFileURL(sdk).href)) as MCPJam;
});

/** What the suite says, with its negative checks and with a call of `tool` at the end. */
async function run(flow: {
  readonly version: string;
  readonly registration: string;
  readonly client?: object;
  readonly machine?: object;
  readonly tool: string;
}): Promise<Result> {
  const redirectUrl = `http://127.0.0.1:${await freePort()}/callback`;
  const openUrl = async (url: string): Promise<void> => {
    const visit = await signIn(new URL(url), redirectUrl, { user: ADA, organization: ACME });
    await fetch(visit.callback);
  };
  const test = new mcpjam.OAuthConformanceTest({
    serverUrl: pair?.app.mcpUrl ?? "",
    protocolVersion: flow.version,
    registrationStrategy: flow.registration,
    client: flow.client ?? {},
    auth: flow.machine ?? { mode: "interactive", openUrl },
    redirectUrl,
    fetchFn: (input, init) =>
      input === CLIENT_METADATA_URL ? serveClientMetadata(input) : fetch(input, init),
    verification: { listTools: true, callTool: { name: flow.tool, params: {} } },
    oauthConformanceChecks: true,
  });
  return test.run();
}

function unless(status: Step["status"], { steps }: Result): string[] {
  return steps
    .filter((step) => step.status !== status)
    .map((step) => `${step.step}: ${step.error?.message ?? step.status}`);
}

describe("MCPJam's OAuth conformance test, a person at the browser", () => {
  beforeAll(async () => {
    pair = await startPair("conformance-mcpjam", { seed });
  });

  afterAll(async () => {
    await pair?.stop();
  });

  const known = { preregistered: { clientId: PUBLIC_CLIENT } };
  it.each([
    { version: "2025-03-26", registration: "dcr" },
    { version: "2025-03-26", registration: "preregistered", client: known },
    { version: "2025-06-18", registration: "dcr" },
    { version: "2025-06-18", registration: "preregistered", client: known },
    { version: "2025-11-25", registration: "dcr" },
    { version: "2025-11-25", registration: "preregistered", client: known },
    {
      version: "2025-11-25",
      registration: "cimd",
      client: { clientIdMetadataUrl: CLIENT_METADATA_URL },
    },
  ])("$version, $registration", async (flow) => {
    const result = await run({ ...flow, tool: "greet" });

    expect(unless("passed", result)).toEqual([
      // It sends a made-up code with the wrong redirect URI, and the code is what we object to.
      "oauth_invalid_redirect: Token request was rejected for a non-redirect reason: " +
        "The code is unknown, expired, used already or another client's.",
    ]);
    expect(result.steps.map(({ step }) => step)).toEqual(
      expect.arrayContaining([
        "oauth_dcr_http_redirect_uri",
        "oauth_invalid_client",
        "oauth_invalid_authorize_redirect",
        "oauth_invalid_token",
        "oauth_token_format",
      ]),
    );
    expect(result.verification).toMatchObject({
      listTools: { passed: true, toolCount: 10 },
      callTool: { passed: true, toolName: "greet" },
    });
    expect(result.passed).toBe(true);
  });

  it("2025-11-25, client credentials: stays outside, as no configuration lets machines in", async () => {
    const result = await run({
      version: "2025-11-25",
      registration: "preregistered",
      client: { preregistered: MACHINE },
      machine: { mode: "client_credentials", ...MACHINE },
      tool: "session",
    });
    expect(result.passed).toBe(false);
    const last = result.steps.find(({ status }) => status === "failed");
    expect(last?.step).toBe("authenticated_mcp_request");
  });
});

describe("MCPJam's OAuth conformance test, a machine that the configuration lets in", () => {
  beforeAll(async () => {
    const middleware = `
      import { workosProvider } from "@xmcp-dev/workos";
      export default workosProvider({ callers: ["user", "application"] });
    `;
    const tool = `
      import { getCaller } from "@xmcp-dev/workos";
      export const metadata = { name: "caller", description: "Tells who is calling" };
      export default () => getCaller().id;
    `;
    pair = await startPair("conformance-mcpjam-machine", {
      seed,
      files: { "src/middleware.ts": middleware, "src/tools/caller.ts": tool },
    });
  });

  afterAll(async () => {
    await pair?.stop();
  });

  it.each(["2025-03-26", "2025-06-18", "2025-11-25"])("%s, client credentials", async (version) => {
    const result = await run({
      version,
      registration: "preregistered",
      client: { preregistered: MACHINE },
      machine: { mode: "client_credentials", ...MACHINE },
      tool: "caller",
    });
    expect(unless("passed", result)).toEqual([
      "generate_pkce_parameters: skipped",
      "authorization_request: skipped",
      "received_authorization_code: skipped",
      "oauth_invalid_authorize_redirect: redirect_uri validation at the authorization endpoint " +
        "does not apply to client_credentials flows",
      "oauth_invalid_redirect: redirect_uri validation does not apply to client_credentials flows",
    ]);
    expect(result.verification).toMatchObject({
      listTools: { passed: true, toolCount: 11 },
      callTool: { passed: true, toolName: "caller" },
    });
    expect(result.passed).toBe(true);
  });
});
