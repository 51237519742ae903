import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AppFiles } from "../support/app.ts";
import { startPair, type Pair } from "../support/authkit.ts";
import { modern, postRpc, type RpcAnswer } from "../support/rpc.ts";

const GRACE = "user_01K0GRACE00000000000000000";
const ACME = "org_01K0ACME000000000000000000";
const SECRET = "the launch code";

const tool = (name: string, body: string): readonly [string, string] => [
  `src/tools/${name}.ts`,
  `
import { getAccess } from "@xmcp-dev/workos";
export const metadata = { name: "${name}", description: "For the tests" };
const soon = () => new Promise((resolve) => setTimeout(resolve, 50));
const guard = async () => {
  const access = await getAccess();
  access.require({ permissions: ["secrets:read"] });
};
export default async function handler() {
  ${body}
  return "${SECRET}";
}
`,
];

const FILES: AppFiles = Object.fromEntries([
  tool("then", `void getAccess().then((access) => access.require({ role: "unassigned" }));`),
  tool(
    "then_slow",
    `void getAccess().then((access) => access.require({ role: "unassigned" })); await soon();`,
  ),
  tool("on", `const access = await getAccess(); void access.on("docs:read", { resourceId: "x" });`),
  tool("swallowed", `try { await guard(); } catch { /* goes on */ }`),
  tool("guarded", `await guard();`),
  tool("allowed", `(await getAccess()).require({ organization: "required" });`),
  tool("floating", `void guard();`),
]);

/** The same call in each of the two ways that xmcp answers in. */
const WAYS = {
  "JSON (2026-07-28)": (name: string) => modern("tools/call", { name, arguments: {} }, name),
  "an event stream (2025-11-25)": (name: string) => ({
    body: { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: {} } },
    headers: { "mcp-protocol-version": "2025-11-25" },
  }),
};

let pair: Pair;
beforeAll(async () => {
  pair = await startPair("forgotten-await", { files: FILES });
});
afterAll(async () => {
  await pair?.stop();
});

const faults = (): readonly string[] =>
  pair.app.lines.filter((line) => line.includes("Fault in what this server runs"));

const ask = async (way: keyof typeof WAYS, name: string): Promise<RpcAnswer> => {
  const { body, headers } = WAYS[way](name);
  const token = await pair.authkit.token({ as: GRACE, organization: ACME });
  return postRpc(pair.app.mcpUrl, token, body, headers);
};

describe.each(Object.keys(WAYS) as (keyof typeof WAYS)[])(
  "a tool of xmcp that answers with %s",
  (way) => {
    it.each(["then", "then_slow", "on", "swallowed"])(
      "has its answer withheld when it does not wait or obey: %s",
      async (name) => {
        const before = faults().length;
        for (const attempt of [1, 2]) {
          const answer = await ask(way, name);
          expect([attempt, JSON.stringify(answer.messages).includes(SECRET)]).toEqual([
            attempt,
            false,
          ]);
          expect(JSON.stringify(answer.messages)).toContain('"reason":"answer_withheld"');
          expect(answer.status).toBe(way.startsWith("JSON") ? 500 : 200);
        }
        await expect.poll(() => faults().length).toBe(before + 2);
        expect(faults().at(-1)).toContain(`answer_withheld: tool ${name}: `);
      },
    );

    it("answers a tool that waits, allowed or denied", async () => {
      const before = faults().length;
      const allowed = await ask(way, "allowed");
      expect(JSON.stringify(allowed.messages)).toContain(SECRET);
      const denied = await ask(way, "guarded");
      expect(denied.messages[0]).toMatchObject({ result: { isError: true } });
      expect(JSON.stringify(denied.messages)).toContain(
        'it needs the permission \\"secrets:read\\"',
      );
      expect(faults().length).toBe(before);
    });
  },
);

it("withholds the answer before the rejection of a function that was not awaited ends the process", async () => {
  let isRunning = true;
  void pair.app.ended.then(() => {
    isRunning = false;
  });
  const answer = await ask("JSON (2026-07-28)", "floating");
  expect(JSON.stringify(answer.messages)).not.toContain(SECRET);
  expect(JSON.stringify(answer.messages)).toContain('"reason":"answer_withheld"');
  await expect.poll(() => isRunning).toBe(false);
  expect(faults().at(-1)).toContain("answer_withheld: tool floating: ");
});
