import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { auditLogSchemas } from "@xmcp-dev/workos/audit-logs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startPair, type Pair } from "../support/authkit.ts";
import { postToolCall } from "../support/tool-call.ts";

const ADA = "user_01K0ADA0000000000000000000";

/** Shows everything a tool is given, as a careless one might. */
const DUMP = `
import { inspect } from "node:util";
import type { ToolExtraArguments } from "xmcp";
import { headers } from "xmcp/headers";
export const metadata = { name: "dump", description: "Shows everything a tool is given" };
export default function dump(_args: unknown, extra: ToolExtraArguments) {
  const all = { extra, headers: headers() };
  console.log(inspect(all, { depth: 9 }));
  return JSON.stringify(all);
}
`;

const FAIL = `
import { getClient, getUser } from "@xmcp-dev/workos";
import { inspect } from "node:util";
export const metadata = { name: "fail", description: "Fails while it asks WorkOS" };
export default async function fail() {
  const user = await getUser();
  try {
    await getClient().organizations.getOrganization("org_01KNOWHERE");
  } catch (error) {
    console.log(inspect(error, { depth: 9 }));
    throw error;
  }
  return user.id;
}
`;

/** Everything that can be listening, does; spans go to the app's own output. */
const MIDDLEWARE = `
import { workosProvider } from "@xmcp-dev/workos";
import { auditLogs } from "@xmcp-dev/workos/audit-logs";
import { openTelemetry } from "@xmcp-dev/workos/opentelemetry";
import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { ConsoleSpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const exporter = new ConsoleSpanExporter();
const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
export default workosProvider({
  access: { tools: { dump: "authenticated", fail: "authenticated", locked: { role: "no-role" } } },
  observers: [
    openTelemetry({ tracerProvider }),
    auditLogs({ outbox: "audit.sqlite", organizationId: "org_01K0ACME000000000000000000" }),
  ],
  log: { format: "json", level: "debug" },
  revocation: { webhook: { secret: "whsec_canary0123456789", path: "/webhooks/workos" } },
});
`;

const LOCKED = `
export const metadata = { name: "locked", description: "No caller may" };
export default function locked() {
  return "open";
}
`;

let pair: Pair;
const emulatorLines: string[] = [];

beforeAll(async () => {
  pair = await startPair("canary", {
    files: {
      "src/middleware.ts": MIDDLEWARE,
      "src/tools/dump.ts": DUMP,
      "src/tools/fail.ts": FAIL,
      "src/tools/locked.ts": LOCKED,
    },
    seed: { auditLogSchemas },
    emulator: { log: (line) => emulatorLines.push(line) },
  });
});

afterAll(async () => {
  await pair?.stop();
});

async function call(tool: string, token: string): Promise<string> {
  const response = await postToolCall(pair.app.mcpUrl, token, tool);
  return `${JSON.stringify([...response.headers])}${await response.text()}`;
}

it("RS-57: a canary token, a canary claim and the API key appear in no answer and no line", async () => {
  const canary = "canary0123456789";
  const claims = { sub: ADA, secret_claim: canary };
  const good = await pair.authkit.forgeToken({ claims });
  const bad = await Promise.all(
    [
      { claims: { ...claims, exp: 1 } },
      { claims: { ...claims, aud: canary } },
      { claims: { ...claims, iss: `https://${canary}.example` } },
      { claims: { ...claims, role: { [canary]: true } } },
      { claims, header: { typ: canary } },
      { claims, header: { kid: canary } },
    ].map((token) => pair.authkit.forgeToken(token)),
  );

  // The audit log has to wait for the first call, so that its event is in the file as well.
  pair.authkit.fail("api", { status: 503 });
  const first = await call("dump", good);
  const file = (): string =>
    readdirSync(pair.app.folder)
      .filter((name) => name.startsWith("audit.sqlite"))
      .map((name) => readFileSync(join(pair.app.folder, name), "latin1"))
      .join("\n");
  const kept = file();
  expect(kept).toContain("mcp.tool.called");
  pair.authkit.recover();

  const answers = [
    first,
    await call("fail", good),
    await call("locked", good),
    ...(await Promise.all(bad.map((token) => call("dump", token)))),
    await call("dump", `${canary}.${canary}.${canary}`),
    await call("dump", `${canary} ${canary}`),
  ];
  // The tool did run, and saw who calls but not with what.
  expect(answers[0]).toContain("[access token withheld by @xmcp-dev/workos]");
  expect(answers[0]).toContain(ADA);
  expect(answers[1]).toContain("isError");

  const webhook = await fetch(`${pair.app.baseUrl}/webhooks/workos`, {
    method: "POST",
    headers: { "content-type": "application/json", "workos-signature": `t=1, v1=${canary}` },
    body: JSON.stringify({ event: "user.deleted", data: { id: ADA, note: canary } }),
  });
  answers.push(await webhook.text());
  await expect
    .poll(() => pair.authkit.auditLogEvents.map(({ action }) => action), { timeout: 20_000 })
    .toEqual(expect.arrayContaining(["mcp.tool.called", "mcp.tool.denied"]));

  const audited = JSON.stringify(pair.authkit.auditLogEvents);
  const output = [...answers, ...pair.app.lines, ...emulatorLines, audited, kept, file()].join(
    "\n",
  );
  // Everybody did have something to say.
  const said = ["wrong_audience", "webhook_signature", '"kind":"answered"', "enduser.id"];
  expect(said.filter((one) => !output.includes(one))).toEqual([]);
  expect(output).not.toContain("whsec_canary");
  for (const token of [good, ...bad]) {
    for (const part of token.split(".")) expect(output).not.toContain(part);
  }
  expect(output).not.toContain(canary);
  expect(output).not.toContain(pair.authkit.apiKey);
});
