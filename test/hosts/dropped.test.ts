import { describe, expect, it, onTestFinished } from "vitest";
import { HOSTS } from "./hosts-under-test.ts";
import { startProgram, type RunningHost } from "./running-host.ts";
import { ask, BASE_URL, call } from "./world.ts";

const ENVIRONMENT = {
  WORKOS_API_KEY: "sk_test_0123456789",
  WORKOS_CLIENT_ID: "client_01UNGUARDED",
  WORKOS_AUTHKIT_DOMAIN: "http://127.0.0.1:9",
  WORKOS_API_URL: "http://127.0.0.1:9",
  BASE_URL,
};

async function start(program: string, shape: string): Promise<RunningHost> {
  const host = await startProgram([process.execPath], program, { ...ENVIRONMENT, SHAPE: shape });
  onTestFinished(() => host.stop());
  return host;
}

const ours = ({ lines }: RunningHost): readonly string[] =>
  lines.filter((line) => /^\[workos\] (?!listening_elsewhere)/.test(line));

describe("T-20: an Express app that mounts its guard at another place", () => {
  it.each(["mounted for another path", "mounted for GET"])(
    "does not report that it guards, names the cause and ends with exit code 1: %s",
    async (shape) => {
      const host = await start("dropped/express.ts", shape);
      expect((await ask(host, { body: call("read") })).text).toContain("read done");
      expect(await host.ended).toBe(1);
      expect(ours(host)).toEqual([
        expect.stringMatching(
          /^\[workos\] NOT guarding http:\/\/127\.0\.0\.1:3002\/mcp: .* carries out calls without a token/,
        ),
      ]);
    },
  );

  it("is guarded at an endpoint that the guard was not told of", async () => {
    const host = await start("dropped/express.ts", "mounted at another endpoint");
    const { status } = await ask(host, { path: "/api/mcp", body: call("read") });
    expect(status).toBe(401);
  });
});

/** What a promise does in the guard's place: Fastify waits for it, and to others it is no function. */
const AS_A_PROMISE: Readonly<Record<string, RegExp>> = {
  "node:http": /fetch failed|first is not a function/,
  fastify: /^401 /,
  nest: /ended with 1:[^]*app\.use\(\) requires a middleware function/,
};

describe.each(Object.entries(AS_A_PROMISE))("T-20: a server on %s", (name, asPromise) => {
  it("that mounts its guard refuses a call without a token", async () => {
    const host = await start("dropped/node.ts", `${name}, mounted`);
    expect((await ask(host, { body: call("read") })).status).toBe(401);
    expect(ours(host)).toEqual([expect.stringMatching(/^\[workos\] Guarding /)]);
  });

  it.each(["not mounted", "mounted behind the route"])(
    "does not report that it guards, names the cause and ends with exit code 1: %s",
    async (shape) => {
      const host = await start("dropped/node.ts", `${name}, ${shape}`);
      expect((await ask(host, { body: call("read") })).text).toContain("read done");
      expect(await host.ended).toBe(1);
      expect(ours(host)).toEqual([
        expect.stringMatching(/^\[workos\] NOT guarding .* carries out calls without a token/),
      ]);
    },
  );

  it("is not open with a promise in the place of the guard", async () => {
    const outcome = await start("dropped/node.ts", `${name}, a promise`)
      .then((host) => ask(host, { body: call("read") }))
      .then(({ status, text }) => `${status} ${text}`, String);
    expect(outcome).toMatch(asPromise);
  });
});

describe("T-20: a Fetch server that loses its guard", () => {
  it.each([
    "protect in the place of what it returns",
    "a promise of a handler",
    "no handler",
    "the guard itself",
  ])("runs no tool: %s", async (shape) => {
    const host = await start("dropped/fetch.ts", shape);
    const { status, text } = await ask(host, { body: call("read") });
    expect([status >= 400, text]).toEqual([true, expect.not.stringContaining("done")]);
  });

  it("cannot know that its handler is reached past it, but a tool that asks for its caller fails", async () => {
    const host = await start("dropped/fetch.ts", "not mounted");
    const { text } = await ask(host, { body: call("whoami") });
    expect(text).toContain("outside an authenticated request");
    expect(ours(host)).toEqual([]);
  });
});

describe("T-20: a Hono app that loses its guard", () => {
  it("runs no tool with the guard in the place of its middleware", async () => {
    const host = await start("dropped/hono.ts", "the guard itself");
    const { status, text } = await ask(host, { body: call("read") });
    expect([status >= 400, text]).toEqual([true, expect.not.stringContaining("done")]);
  });

  it.each(["not mounted", "mounted behind the route", "mounted for another path"])(
    "cannot know that a route is past it, but a tool that asks for its caller fails: %s",
    async (shape) => {
      const host = await start("dropped/hono.ts", shape);
      const { text } = await ask(host, { body: call("whoami") });
      expect(text).toContain("outside an authenticated request");
      expect(ours(host)).toEqual([]);
    },
  );
});

/** What a Worker answers then is in workers.test.ts. Node prints xmcp's whole bundle first, and a pipe may lose the rest. */
const NAMING = HOSTS.filter(({ name }) => name !== "workers" && name !== "xmcp");

it("T-20: xmcp without its environment does not serve", async () => {
  const xmcp = HOSTS.find(({ name }) => name === "xmcp");
  await expect(xmcp?.start({ MATRIX_CONFIG: "{}" })).rejects.toThrow("the app ended with 1");
});

it.each(NAMING)(
  "T-20: $name without its environment does not serve, and names what is missing",
  async (host) => {
    const failed = await host.start({ MATRIX_CONFIG: "{}" }).then(
      () => "it started",
      (error: unknown) => String(error),
    );
    for (const name of Object.keys(ENVIRONMENT).filter((one) => one !== "WORKOS_API_URL")) {
      expect(failed).toContain(name);
    }
  },
);
