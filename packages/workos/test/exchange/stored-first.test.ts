import { describe, expect, it } from "vitest";
import { withHooks } from "../../src/observers/hooks.js";
import { startGuarded } from "../support/guarded-server.js";
import { createHomeIssuer } from "../support/issuer.js";

const CALL = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "refund" } };

/** A server with an observer that stores what it is told of out of this process. */
async function start(access?: object) {
  let [store, runs]: [() => void, number] = [() => undefined, 0];
  let waiting: Promise<void> | undefined;
  const observer = withHooks(
    {
      name: "elsewhere",
      onEvent({ kind }) {
        if (kind !== "admitted" && kind !== "denied") return;
        waiting = new Promise((resolve) => {
          store = resolve;
        });
      },
    },
    {
      connect: () => ({
        close: async () => undefined,
        health: () => ({ waiting: 0, failed: 0, lost: 0, oldest: undefined }),
        stored() {
          const taken = waiting;
          waiting = undefined;
          return taken;
        },
      }),
    },
  );
  const issuer = createHomeIssuer();
  const server = await startGuarded({
    issuer,
    before: (request) => void Object.assign(request, { body: CALL }),
    handler: (_request, response) => {
      runs += 1;
      response.end("ran");
    },
    config: { observers: [observer], ...(access === undefined ? {} : { access }) },
  });
  let isAnswered = false;
  const asked = (method: object = {}): Promise<Response> =>
    server.ask(issuer.sign(), method).finally(() => {
      isAnswered = true;
    });
  return { asked, store: () => store(), runs: () => runs, isAnswered: () => isAnswered };
}

const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

describe("an observer that stores events out of process", () => {
  it("holds a call until its event is stored", async () => {
    const { asked, store, runs } = await start();
    const answer = asked();
    await moment();
    expect(runs()).toBe(0);
    store();
    expect(await (await answer).text()).toBe("ran");
    expect(runs()).toBe(1);
  });

  it("holds a denial until its event is stored", async () => {
    const { asked, store, isAnswered } = await start({ tools: { refund: "denied" } });
    const answer = asked();
    await moment();
    expect(isAnswered()).toBe(false);
    store();
    expect(await (await answer).text()).toContain("denied");
  });

  it("runs nothing for a client that left meanwhile", async () => {
    const { asked, store, runs } = await start();
    const leave = new AbortController();
    const answer = asked({ signal: leave.signal });
    await moment();
    leave.abort();
    await expect(answer).rejects.toThrow("abort");
    await moment();
    store();
    await moment();
    expect(runs()).toBe(0);
  });
});
