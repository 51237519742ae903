import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { buildApp, startApp, type BuiltApp, type RunningApp } from "../support/app.ts";

const ENVIRONMENT = {
  WORKOS_API_KEY: "sk_test_0123456789",
  WORKOS_CLIENT_ID: "client_01UNGUARDED",
  WORKOS_AUTHKIT_DOMAIN: "http://127.0.0.1:9",
  WORKOS_API_URL: "http://127.0.0.1:9",
};

const TOOL = `export default async function secret() { return "the secret"; }\n`;

/** What can be exported by default, by the name that the environment gives. */
const SHAPES = `const guard = workosProvider();
const pass = (_request, _response, next) => next();
export default {
  object: { middleware: guard },
  nested: [[guard]],
  promise: Promise.resolve(guard),
  alone: guard,
  list: [pass, guard],
}[process.env["SHAPE"]];`;

const build = (name: string, middleware: string): Promise<BuiltApp> =>
  buildApp(`unguarded-${name}`, {
    files: {
      "src/middleware.ts": `import { workosProvider } from "@xmcp-dev/workos";\n${middleware}\n`,
      "src/tools/secret.ts": TOOL,
    },
  });

let app: BuiltApp;
beforeAll(async () => {
  app = await build("shapes", SHAPES);
});

async function start(built: BuiltApp, shape: string): Promise<RunningApp> {
  const running = await startApp(built, { ...ENVIRONMENT, BASE_URL: built.baseUrl, SHAPE: shape });
  onTestFinished(() => running.stop());
  return running;
}

/** What the log says of the server, and how the process ended, after the tool ran for a caller without a token. */
async function endOf(
  running: RunningApp,
): Promise<{ ran: string; code: number | null; log: readonly string[] }> {
  const { body } = await callWithoutToken(running);
  const code = await running.ended;
  return {
    ran: /the secret/.exec(body)?.[0] ?? body,
    code,
    log: running.lines.filter((line) => line.includes("[workos]")),
  };
}

function alarmOf({ baseUrl, mcpUrl }: RunningApp): RegExp {
  return new RegExp(
    `^\\[workos\\] NOT guarding ${baseUrl}/mcp: ${mcpUrl} carries out calls without a token.* is it the default export of src/middleware\\.ts, as it is\\?`,
  );
}

async function callWithoutToken({ mcpUrl }: RunningApp): Promise<{ status: number; body: string }> {
  const answer = await fetch(mcpUrl, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-11-25",
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "secret", arguments: {} },
    }),
  });
  return { status: answer.status, body: await answer.text() };
}

describe("T-20: a built app that drops its guard", () => {
  it.each(["object", "nested", "promise"])(
    "never says that it guards, names the cause and ends with exit code 1: %s",
    async (shape) => {
      const running = await start(app, shape);
      const log = [expect.stringMatching(alarmOf(running)) as string];
      expect(await endOf(running)).toEqual({ ran: "the secret", code: 1, log });
    },
  );

  it("never says that it guards, names the cause and ends with exit code 1: a named export", async () => {
    const named = await build("named", "export const middleware = workosProvider();");
    const running = await start(named, "");
    const log = [expect.stringMatching(alarmOf(running)) as string];
    expect(await endOf(running)).toEqual({ ran: "the secret", code: 1, log });
  });
});

describe("a built app whose guard is mounted", () => {
  it.each(["alone", "list"])(
    "says that it guards after it was seen, and stays up: %s",
    async (shape) => {
      const running = await start(app, shape);
      expect((await callWithoutToken(running)).status).toBe(401);
      // The last probe of a server that did not answer before would be over by then.
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      expect((await callWithoutToken(running)).status).toBe(401);
      const ours = running.lines.filter((line) => line.includes("[workos]"));
      expect(ours).toEqual([expect.stringMatching(/^\[workos\] Guarding /)]);
    },
  );
});
