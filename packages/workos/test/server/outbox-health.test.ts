import { expect, it } from "vitest";
import type { Observer } from "../../src/index.js";
import { withHooks } from "../../src/observers/hooks.js";
import { startGuarded } from "../support/guarded-server.js";
import { NOW } from "../support/issuer.js";

/** An observer that delivers something, and counts what it holds as it is told. */
function holding(waiting: number, oldest: number | undefined): Observer {
  return withHooks(
    { name: `holding ${waiting}`, onEvent: () => undefined },
    {
      connect: () => ({
        health: () => ({ waiting, failed: 0, lost: 0, oldest }),
        close: async () => Promise.resolve(),
      }),
    },
  );
}

it.each([
  ["the longest of several observers", [holding(1, NOW - 2_000), holding(2, NOW - 7_000)], 3, 7],
  ["nothing while no event waits, whatever an outbox remembers", [holding(0, NOW - 7_000)], 0, 0],
  ["nothing without any", [holding(0, undefined)], 0, 0],
])(
  "health() counts how long the oldest event has waited: %s",
  async (_, observers, waiting, oldest) => {
    const { middleware } = await startGuarded({ config: { observers } });
    expect((await middleware.health()).outbox).toEqual({
      waiting,
      failed: 0,
      lost: 0,
      oldestSeconds: oldest,
    });
  },
);
