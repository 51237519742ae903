import { Hono } from "hono";
import { expect, it } from "vitest";
import { workosHono, type HonoVariables } from "../../src/hono.js";
import { getSession, type WorkOSProviderConfig } from "../../src/index.js";
import { GOOD_CONFIG } from "../support/guarded-server.js";
import { createHomeIssuer, NOW } from "../support/issuer.js";

const issuer = createHomeIssuer();
const token = issuer.sign();
const body = '{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/list"}';

/** An app that is guarded, and what was set up before and after the guard. */
function createApp(
  config: WorkOSProviderConfig,
  after: (app: Hono<{ Variables: HonoVariables }>) => void,
  before: typeof after = () => undefined,
): (init?: RequestInit) => Promise<Response> {
  const guard = workosHono(
    { ...GOOD_CONFIG, log: false, ...config },
    { env: {}, fetch: issuer.fetch, now: () => NOW },
  );
  const app = new Hono<{ Variables: HonoVariables }>();
  before(app);
  app.use(guard.middleware);
  after(app);
  return async (init) =>
    app.request("http://127.0.0.1/mcp", {
      method: "POST",
      body,
      ...init,
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    });
}

it("gives handlers the request without its token, the caller, and the body that was judged", async () => {
  const ask = createApp({}, (app) =>
    app.all("*", async (c) =>
      c.json({
        authorization: c.req.header("authorization"),
        text: await c.req.text(),
        parsedBody: c.get("parsedBody"),
        token: c.get("auth").token,
        userId: getSession().userId,
      }),
    ),
  );
  const answer = await ask();
  expect(await answer.json()).toEqual({
    authorization: "[access token withheld by @xmcp-dev/workos]",
    text: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
    parsedBody: { jsonrpc: "2.0", id: 1, method: "tools/list" },
    token: "[access token withheld by @xmcp-dev/workos]",
    userId: "user_01ADA",
  });
  expect(answer.headers.get("cache-control")).toBe("no-store");
});

it("sends a list that it rewrote without the length of the former, and with the fields of earlier middleware", async () => {
  const list = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"read"},{"name":"purge"}]}}';
  const ask = createApp(
    { access: { tools: { read: "authenticated" } } },
    (app) =>
      app.all("*", () => {
        const length = String(list.length);
        return new Response(list, {
          headers: { "content-type": "application/json", "content-length": length },
        });
      }),
    (app) =>
      app.use(async (c, next) => {
        c.res.headers.set("x-before", "1");
        await next();
        c.header("x-after", "2");
      }),
  );
  const answer = await ask();
  expect(answer.headers.get("content-length")).toBeNull();
  expect([answer.headers.get("x-before"), answer.headers.get("x-after")]).toEqual(["1", "2"]);
  expect(await answer.text()).not.toContain("purge");
});

it("refuses a body that an earlier middleware has read", async () => {
  let isReached = false;
  const ask = createApp(
    {},
    (app) =>
      app.all("*", (c) => {
        isReached = true;
        return c.text("reached");
      }),
    (app) =>
      app.use(async (c, next) => {
        await c.req.json();
        await next();
      }),
  );
  expect((await ask()).status).toBe(400);
  expect(isReached).toBe(false);
});

it("passes on what Hono answers of an unknown path, and of a handler that throws", async () => {
  const unknown = createApp({}, () => undefined);
  expect((await unknown()).status).toBe(404);
  const throwing = createApp({}, (app) => {
    app.all("*", () => {
      throw new Error("planted");
    });
    app.onError((error, c) => c.text(`caught ${error.message}`, 500));
  });
  const answer = await throwing();
  expect([answer.status, await answer.text()]).toEqual([500, "caught planted"]);
});

it("is past a route that is registered before it, where a tool that asks for its caller fails", async () => {
  const ask = createApp(
    {},
    () => undefined,
    (app) => {
      app.all("*", (c) => c.text(getSession().userId));
      app.onError((error, c) => c.text(error.message, 500));
    },
  );
  expect(await (await ask()).text()).toContain("outside an authenticated request");
});
