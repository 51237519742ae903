import { join } from "node:path";
import { defaultSeed, startEmulator, type Emulator } from "@xmcp-dev/authkit-emulator";
import { auditLogSchemas } from "@xmcp-dev/workos/audit-logs";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { freePort } from "../support/ports.ts";
import { buildWorker, startWorker, type RunningWorker } from "../support/worker.ts";

const ADA = "user_01K0ADA0000000000000000000";
const GLOBEX = "org_01K0G10BEX0000000000000000";
const folder = join(import.meta.dirname, "workers");

let app: string;
beforeAll(async () => {
  app = await buildWorker('export { worker as default } from "./app.ts";', folder);
});

interface Served extends RunningWorker {
  readonly authkit: Emulator;
  /** Asks for what is behind the guard. */
  readonly ask: (token?: string, what?: string, init?: RequestInit) => Promise<Response>;
  /** Lets time pass for the Worker alone. */
  readonly advance: (ms: number) => Promise<void>;
  /** How often what is behind the guard ran. */
  readonly ran: () => Promise<unknown>;
}

const call = (method: string, params: object = {}): RequestInit => ({
  body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
});

async function serve(
  config: object = {},
  env: Readonly<Record<string, string>> = {},
  script = app,
): Promise<Served> {
  const port = await freePort();
  const authkit = await startEmulator({
    resource: `http://127.0.0.1:${port}/mcp`,
    seed: { ...defaultSeed, auditLogSchemas },
  });
  onTestFinished(() => authkit.close());
  const worker = await startWorker(script, {
    env: { ...authkit.env, CONFIG: JSON.stringify(config), ...env },
    port,
  });
  onTestFinished(worker.stop);
  const { baseUrl } = worker;
  return {
    ...worker,
    authkit,
    ask: (token, what = "session", init = {}) =>
      fetch(`${baseUrl}/mcp`, {
        method: "POST",
        ...(init.method === undefined ? call("tools/list") : {}),
        ...init,
        headers: {
          "content-type": "application/json",
          "x-app": what,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
      }),
    advance: async (ms) => void (await fetch(`${baseUrl}/ahead?ms=${ms}`)),
    ran: async () => (await fetch(`${baseUrl}/ran`)).json() as Promise<unknown>,
  };
}

/** Lines of ours. */
const logged = ({ lines }: RunningWorker): string[] =>
  lines.filter((line) => line.startsWith("[workos]"));

describe("a Worker behind workosWorker()", () => {
  it("serves both documents in both forms, and preflights", async () => {
    const { authkit, baseUrl } = await serve();
    const documents = [
      ["oauth-protected-resource/mcp", { resource: `${baseUrl}/mcp` }],
      ["oauth-protected-resource", { resource: `${baseUrl}/mcp` }],
      ["oauth-authorization-server/mcp", { issuer: authkit.issuer }],
      ["oauth-authorization-server", { issuer: authkit.issuer }],
    ] as const;
    for (const [path, expected] of documents) {
      const url = `${baseUrl}/.well-known/${path}`;
      const answer = await fetch(url);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      expect(await answer.json()).toMatchObject(expected);
      const head = await fetch(url, { method: "HEAD" });
      expect([head.status, await head.text()]).toEqual([200, ""]);
    }
    const preflight = await fetch(`${baseUrl}/mcp`, {
      method: "OPTIONS",
      headers: {
        origin: "http://localhost:6274",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("authorization");
  });

  it("challenges a request without a token, and runs nothing", async () => {
    const { ask, baseUrl, ran } = await serve();
    for (const path of ["/mcp", "/", "/health", "/anything"]) {
      const answer = await fetch(`${baseUrl}${path}`);
      expect([path, answer.status]).toEqual([path, 401]);
    }
    const answer = await ask();
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe(
      `Bearer resource_metadata="${baseUrl}/.well-known/oauth-protected-resource/mcp"`,
    );
    expect(await ran()).toBe(0);
  });

  it("lends a tool the session, the body that was judged, and no token", async () => {
    const { ask, authkit } = await serve();
    const answer = await ask(await authkit.token());
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await answer.json()).toEqual({
      user: ADA,
      authorization: "[access token withheld by @xmcp-dev/workos]",
      body: '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}',
    });
  });

  it("refuses wrong tokens", async () => {
    const { ask, authkit, ran } = await serve();
    const wrong = [
      "nonsense",
      await authkit.forgeToken({ expiresInSeconds: -60 }),
      await authkit.forgeToken({ claims: { aud: "https://elsewhere.example.com/mcp" } }),
      await authkit.forgeToken({ claims: { iss: "https://elsewhere.example.com" } }),
      `${(await authkit.token()).slice(0, -8)}AAAAAAAA`,
    ];
    for (const token of wrong) expect((await ask(token)).status).toBe(401);
    expect(await ran()).toBe(0);
  });

  it("denies by the access map, and shows in lists what the caller may use", async () => {
    const access = { tools: { read: "authenticated", purge: { permissions: ["purge"] } } };
    const { ask, authkit, ran } = await serve({ access });
    const token = await authkit.token({ as: ADA, organization: GLOBEX });
    const denied = await ask(token, "session", call("tools/call", { name: "purge" }));
    expect(await denied.text()).toContain("purge");
    expect(await ran()).toBe(0);
    for (const form of ["list", "streamed list"]) {
      const text = await (await ask(token, form)).text();
      expect([form, text]).toEqual([form, expect.stringContaining('"tools":[{"name":"read"}]')]);
    }
  });

  it("follows no redirect of the WorkOS API, to which it sends its key", async () => {
    const served = await serve();
    const { ask, authkit } = served;
    authkit.fail("api", { redirect: `${authkit.url}/followed` });
    await ask(await authkit.token({ as: ADA, organization: GLOBEX }), "access");
    await vi.waitFor(() => {
      expect(logged(served)).toContainEqual(
        expect.stringContaining("the WorkOS API answered 302, a redirect, which is not followed"),
      );
    }, 10_000);
    expect(authkit.requests("api").map(({ path }) => path)).not.toContain("/followed");
  });

  it("ends a stream with its token", async () => {
    const { ask, authkit, baseUrl } = await serve({ clockToleranceSeconds: 0 });
    const claims = { aud: `${baseUrl}/mcp` };
    const token = await authkit.forgeToken({ claims, expiresInSeconds: 5 });
    const answer = await ask(token, "stream", { method: "GET" });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toMatch(/^(: open\n\n)+$/);
  });
});

describe("in a Worker, what requests share", () => {
  it("is fetched once for first requests that come together", async () => {
    const { ask, authkit } = await serve();
    const token = await authkit.token();
    authkit.fail("jwks", { delayMs: 300 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(token)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(authkit.requests("jwks")).toHaveLength(1);
  });

  it("arrives although the request that began to fetch it has been answered", async () => {
    const { advance, ask, authkit } = await serve();
    const token = await authkit.token();
    expect((await ask(token)).status).toBe(200);
    // Old enough to be fetched anew, young enough to serve.
    await advance(40_000);
    authkit.fail("jwks", { delayMs: 1_000 });
    expect((await ask(token)).status).toBe(200);
    await advance(15_000);
    expect((await ask(token)).status).toBe(200);
    expect(authkit.requests("jwks")).toHaveLength(2);
  });

  it("arrives although the client has left whose request asked for it", async () => {
    const { ask, authkit } = await serve();
    const token = await authkit.token({ as: ADA, organization: GLOBEX });
    expect((await ask(token)).status).toBe(200);
    authkit.clearRequests();
    authkit.fail("api", { delayMs: 1_500 });
    const abort = new AbortController();
    const first = await ask(token, "slow access", { signal: abort.signal });
    const reader = first.body?.getReader();
    await reader?.read();
    void reader?.read().catch(() => undefined);
    abort.abort();
    const second = await ask(token, "access");
    expect(await second.json()).toEqual(["reports:read"]);
    expect(authkit.requests("api").filter(({ path }) => path.includes("memberships"))).toHaveLength(
      1,
    );
  });

  it("counts a stream no more whose client has left", async () => {
    const { ask, authkit } = await serve({ maxStreamsPerCaller: 1 });
    const token = await authkit.token();
    const abort = new AbortController();
    const open = await ask(token, "stream", { method: "GET", signal: abort.signal });
    await open.body?.getReader().read();
    expect((await ask(token, "stream", { method: "GET" })).status).toBe(429);
    abort.abort();
    await vi.waitUntil(
      async () => {
        const again = await ask(token, "stream", { method: "GET" });
        await again.body?.cancel();
        return again.status === 200;
      },
      { timeout: 20_000, interval: 200 },
    );
  });
});

describe("a Worker, between requests and after an answer,", () => {
  it.each(["session", "stream"])("delivers audit log events: of a %s", async (what) => {
    const { ask, authkit } = await serve({}, { AUDITS: "{}" });
    const token = await authkit.token({ as: ADA, organization: GLOBEX });
    const abort = new AbortController();
    const tool = call("tools/call", { name: "read" });
    const answer = await ask(token, what, { ...tool, signal: abort.signal });
    await answer.body?.getReader().read();
    abort.abort();
    await vi.waitUntil(() => authkit.auditLogEvents.length > 0, { timeout: 20_000 });
    expect(authkit.auditLogEvents).toMatchObject([
      { organizationId: GLOBEX, action: "mcp.tool.called" },
    ]);
  });

  it("sends what could not be delivered with a later request", async () => {
    const { advance, ask, authkit } = await serve({}, { AUDITS: "{}" });
    const token = await authkit.token({ as: ADA, organization: GLOBEX });
    const fault = authkit.fail("audit-logs", "down");
    expect((await ask(token, "session", call("tools/call", { name: "read" }))).status).toBe(200);
    await vi.waitUntil(() => authkit.requests("audit-logs").length > 0, { timeout: 20_000 });
    fault[Symbol.dispose]();
    // Longer than the wait after a first failure.
    await advance(60_000);
    expect((await ask(token)).status).toBe(200);
    await vi.waitUntil(() => authkit.auditLogEvents.length > 0, { timeout: 20_000 });
  });

  it("reads events with a request that comes when the last read is old, which waits for it", async () => {
    const served = await serve({ revocation: true });
    const { advance, ask, authkit } = served;
    const token = await authkit.token({ as: ADA });
    expect((await ask(token)).status).toBe(200);
    const removed = await fetch(`${authkit.url}/user_management/users/${ADA}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${authkit.apiKey}` },
    });
    expect(removed.ok).toBe(true);
    await advance(20_000);
    const answer = await ask(token);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ reason: "token_revoked" });
    expect(logged(served)).toContainEqual(
      expect.stringContaining(
        "nothing_between_requests: a Worker does nothing between requests: events of the Events API are read while one is served, or with the next one",
      ),
    );
  });

  it("goes on reading events when the request is long over that began it", async () => {
    const { ask, authkit, baseUrl } = await serve({ revocation: { pollSeconds: 1 } });
    const token = await authkit.token({ as: ADA });
    await fetch(`${baseUrl}/.well-known/oauth-protected-resource`);
    expect((await ask(token)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    await fetch(`${authkit.url}/user_management/users/${ADA}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${authkit.apiKey}` },
    });
    await vi.waitFor(async () => expect((await ask(token)).status).toBe(401), 20_000);
  });

  it("counts refusals of a kind in one line", async () => {
    const served = await serve();
    const { advance, ask } = served;
    for (let times = 0; times < 3; times += 1) await ask("nonsense");
    await advance(61_000);
    await ask();
    await vi.waitFor(() => {
      expect(logged(served)).toContainEqual(expect.stringContaining("2 more"));
    }, 10_000);
  });
});

const EVERYTHING = ["/mcp", "/", "/.well-known/oauth-protected-resource/mcp"];
const WORKER = 'const worker = { fetch: () => new Response("the secret") };';
const CONFIG = "(env) => JSON.parse(env.CONFIG)";
const wrapped = (text: string): Promise<string> =>
  buildWorker(`import { workosWorker } from "@xmcp-dev/workos/workers"; ${WORKER}\n${text}`);

describe("a Worker whose guard is dropped or broken", () => {
  it.each([
    ["without its environment", "workosWorker(worker)", "WORKOS_API_KEY"],
    ["with a promise for its configuration", "workosWorker(worker, Promise.resolve({}))", "config"],
    ["with an async configuration", "workosWorker(worker, async () => ({}))", "config"],
    [
      "whose configuration throws",
      'workosWorker(worker, () => { throw new Error("no binding"); })',
      "no binding",
    ],
    ["without a worker", `workosWorker(undefined, ${CONFIG})`, "an object with a function fetch"],
    [
      "around a promise of a worker",
      `workosWorker(Promise.resolve(worker), ${CONFIG})`,
      "an object with a function fetch",
    ],
    [
      "around a function",
      `workosWorker(worker.fetch, ${CONFIG})`,
      "an object with a function fetch",
    ],
  ])("%s refuses everything with 500, and says why once", async (_, expression, why) => {
    const isBare = why === "WORKOS_API_KEY";
    const served = await serve(
      {},
      isBare
        ? { WORKOS_API_KEY: "", WORKOS_CLIENT_ID: "", WORKOS_AUTHKIT_DOMAIN: "", BASE_URL: "" }
        : {},
      await wrapped(`export default ${expression};`),
    );
    for (const path of EVERYTHING) {
      const answer = await fetch(`${served.baseUrl}${path}`);
      expect([path, answer.status]).toEqual([path, 500]);
      expect(await answer.json()).toMatchObject({ reason: "internal_fault" });
    }
    await vi.waitUntil(() => logged(served).length > 0);
    expect(logged(served)).toEqual([
      expect.stringMatching(`^\\[workos\\] Refusing every request with 500: .*`),
    ]);
    expect(served.lines.join("\n")).toContain(why);
  });

  it("with an outbox in a file refuses everything, since there is no disk", async () => {
    const served = await serve({}, { AUDITS: '{"outbox":"/tmp/outbox.sqlite"}' });
    expect((await served.ask()).status).toBe(500);
    await vi.waitUntil(() => logged(served).length > 0);
    expect(logged(served)[0]).toContain("a durable outbox needs a disk");
  });

  it("at another endpoint than the configured one is guarded all the same", async () => {
    const served = await serve(
      { endpoint: "/elsewhere" },
      {},
      await wrapped(`export default workosWorker(worker, ${CONFIG});`),
    );
    for (const path of ["/mcp", "/elsewhere", "/"]) {
      expect([path, (await fetch(`${served.baseUrl}${path}`)).status]).toEqual([path, 401]);
    }
  });

  it.each([
    ["without a flag for AsyncLocalStorage", [], ""],
    ["when a module throws while loading", ["nodejs_compat"], 'throw new Error("at load");'],
  ])("does not start %s", async (_, flags, statement) => {
    const script = await wrapped(`export default workosWorker(worker);\n${statement}`);
    await expect(startWorker(script, { flags })).rejects.toThrow("failed to start");
  });

  it("needs no more than the flag nodejs_als", async () => {
    const script = await wrapped(`export default workosWorker(worker, ${CONFIG});`);
    const authkit = await startEmulator();
    onTestFinished(() => authkit.close());
    const worker = await startWorker(script, {
      env: { ...authkit.env, CONFIG: "{}" },
      flags: ["nodejs_als"],
    });
    onTestFinished(worker.stop);
    const headers = { authorization: `Bearer ${await authkit.token()}` };
    const answer = await fetch(`${worker.baseUrl}/mcp`, { headers });
    expect([answer.status, await answer.text()]).toEqual([200, "the secret"]);
  });
});
