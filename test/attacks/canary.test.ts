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

let pair: Pair;
const emulatorLines: string[] = [];

beforeAll(async () => {
  pair = await startPair("canary", {
    files: { "src/tools/dump.ts": DUMP, "src/tools/fail.ts": FAIL },
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
  const claims = { aud: pair.app.mcpUrl, secret_claim: canary };
  const good = await pair.authkit.mintAccessToken({ userId: ADA, claims });
  const bad = await Promise.all(
    [
      { claims: { ...claims, exp: 1 } },
      { claims: { ...claims, aud: canary } },
      { claims: { ...claims, iss: `https://${canary}.example` } },
      { claims: { ...claims, role: { [canary]: true } } },
      { claims, header: { typ: canary } },
      { claims, header: { kid: canary } },
    ].map((token) => pair.authkit.mintAccessToken({ userId: ADA, ...token })),
  );

  const answers = [
    await call("dump", good),
    await call("fail", good),
    ...(await Promise.all(bad.map((token) => call("dump", token)))),
    await call("dump", `${canary}.${canary}.${canary}`),
    await call("dump", `${canary} ${canary}`),
  ];
  // The tool did run, and saw who calls but not with what.
  expect(answers[0]).toContain("[access token withheld by @xmcp-dev/workos]");
  expect(answers[0]).toContain(ADA);
  expect(answers[1]).toContain("isError");

  const output = [...answers, ...pair.app.lines, ...emulatorLines].join("\n");
  expect(output).toContain("wrong_audience");
  for (const token of [good, ...bad]) {
    for (const part of token.split(".")) expect(output).not.toContain(part);
  }
  expect(output).not.toContain(canary);
  expect(output).not.toContain(pair.authkit.apiKey);
});
