import { expect, it } from "vitest";
import { call, startObserved } from "../trail/observed.js";
import { getClient, getUser } from "../../src/index.js";
import { createHomeIssuer } from "../support/issuer.js";

/** A server whose WorkOS answers with a status of the test's choice, and whose timers the test runs. */
async function start(tool?: () => Promise<unknown>) {
  const issuer = createHomeIssuer();
  const api = { status: 401, asked: [] as string[] };
  const timers = new Map<() => void, number>();
  const observed = await startObserved({
    issuer,
    fetch: async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      if (url.hostname !== "api.workos.com") return issuer.fetch(input, init);
      api.asked.push(url.pathname);
      return Response.json(
        { object: "list", data: [], list_metadata: {}, message: "Unauthorized" },
        { status: api.status },
      );
    },
    schedule: (run, delay) => {
      timers.set(run, delay);
      return () => void timers.delete(run);
    },
    ...(tool === undefined
      ? { config: { access: { tools: { refund: { permissions: ["refund"] } } } } }
      : {
          handler: (_, response) => {
            void tool()
              .catch(() => undefined)
              .then(() => response.end("{}"));
          },
        }),
  });
  return {
    ...observed,
    api,
    ready: async () => {
      const { isReady, api: reached } = await observed.middleware.health();
      return [isReady, reached.isReachable];
    },
    recheck: async () => {
      const due = [...timers].filter(([, delay]) => delay === 30_000);
      for (const [run] of due) {
        timers.delete(run);
        run();
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
      return due.length;
    },
    keyLines: () => observed.lines.filter((line) => line.includes("own API key")),
  };
}

it("a refused own API key is one log line that names it, and makes health() not ready", async () => {
  const { post, ready, keyLines, lines } = await start();
  expect(await (await post(call("refund"))).text()).toContain("access_unavailable");
  for (let time = 0; time < 7; time += 1) await post(call("refund"));
  expect(keyLines()).toEqual([
    "error [workos] The WorkOS API refuses this server's own API key: it answered 401 to GET /user_management/organization_memberships. " +
      "The key in apiKey (WORKOS_API_KEY) was revoked, or is another environment's: put a valid one in its place. Until then what WorkOS must be asked about is answered with 503, and health() is not ready",
  ]);
  expect(await ready()).toEqual([false, false]);
  expect(lines.join()).not.toContain("sk_test_0123456789");
});

it("a server whose own API key is accepted again is ready by itself, without a request", async () => {
  const { post, ready, keyLines, recheck, api } = await start();
  await post(call("refund"));
  expect(await recheck()).toBe(1);
  expect(await ready()).toEqual([false, false]);
  // An outage says nothing of the key.
  api.status = 500;
  expect(await recheck()).toBe(1);
  expect(await ready()).toEqual([false, false]);
  api.status = 200;
  expect(await recheck()).toBe(1);
  expect(await ready()).toEqual([true, true]);
  expect(keyLines().at(-1)).toBe(
    "info [workos] The WorkOS API accepts this server's own API key again",
  );
  expect(keyLines()).toHaveLength(2);
  expect(await recheck()).toBe(0);
});

it("an own API key that is accepted by the call that was refused is ready at once", async () => {
  const { post, ready, api, clock } = await start();
  await post(call("refund"));
  api.status = 200;
  clock.now += 61_000;
  await post(call("refund"));
  expect(await ready()).toEqual([true, true]);
});

it("a closed server asks about its own API key no more", async () => {
  const { post, recheck, middleware, api } = await start();
  await post(call("refund"));
  await middleware.close();
  const asked = api.asked.length;
  await recheck();
  expect(api.asked).toHaveLength(asked);
});

it("a refused own API key is logged when a tool reads something, and not when it sends other credentials", async () => {
  const sending = await start(async () =>
    getClient().userManagement.authenticateWithMagicAuth({
      clientId: "client_01TEST",
      code: "123456",
      email: "ada@acme.test",
    }),
  );
  await sending.post(call("refund"));
  expect(sending.api.asked).toEqual(["/user_management/authenticate"]);
  expect(sending.keyLines()).toEqual([]);

  const reading = await start(async () => getUser());
  for (let time = 0; time < 4; time += 1) await reading.post(call("refund"));
  expect(reading.keyLines()).toEqual([
    expect.stringContaining(
      "it answered 401 to GET /user_management/users/{id}. The key in apiKey",
    ),
  ]);
  expect(await reading.ready()).toEqual([false, false]);
});
