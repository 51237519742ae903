import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { getSession } from "../../src/index.js";
import { startGuarded } from "../support/guarded-server.js";

const PEOPLE = Array.from({ length: 20 }, (_, index) => `user_01P${index}`);

it("T-02: 200 concurrent calls by 20 people, with awaits, timers, emitters and streams, never see another's session", async () => {
  const emitter = new EventEmitter().setMaxListeners(0);
  let waiting: (() => void)[] = [];
  const server = await startGuarded({
    handler: (request, response) => {
      const name = (): string => getSession().userId;
      request.resume();
      void (async () => {
        response.write(`${name()}\n`);
        await Promise.resolve();
        response.write(`${name()}\n`);
        // All calls are inside the handler at the same time before any goes on.
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          if (waiting.length === 200) {
            const all = waiting;
            waiting = [];
            for (const go of all) go();
          }
        });
        response.write(`${name()}\n`);
        for (const delay of [0, 1, 3]) {
          await new Promise((resolve) => {
            setTimeout(resolve, delay);
          });
          response.write(`${name()}\n`);
        }
        await new Promise<void>((resolve) => {
          setImmediate(() => {
            response.write(`${name()}\n`, () => {
              resolve();
            });
          });
        });
        await new Promise<void>((resolve) => {
          const id = getSession().claims.jti;
          emitter.once(`go ${id}`, resolve);
          queueMicrotask(() => emitter.emit(`go ${id}`));
        });
        response.end(`${name()}\n`);
      })();
    },
  });
  const calls = Array.from({ length: 200 }, (_, index) => PEOPLE[index % 20] ?? "");
  const seen = await Promise.all(
    calls.map(async (sub, index) => {
      const token = server.issuer.sign({ claims: { sub, jti: `call_${index}` } });
      const answer = await server.ask(token, { body: "x".repeat(index) });
      return (await answer.text()).trim().split("\n");
    }),
  );
  expect(seen).toEqual(calls.map((sub) => Array.from({ length: 8 }, () => sub)));
  expect(server.reached.count).toBe(200);
  expect(() => getSession()).toThrow("outside an authenticated request");
});
