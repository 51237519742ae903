import { expect, it } from "vitest";
import type { ApiKeyVerdict } from "../../src/workos/api-key-verdicts.js";
import { createApiKeyValidator } from "../../src/workos/api-keys.js";
import { ordersOf, turn } from "../support/orders.js";

const KEY = {
  id: "api_key_1",
  name: "Nightly export",
  owner: { type: "organization", id: "org_1" },
  permissions: [],
};

/** A validator whose API answers when it is told to, with what was true when it was asked. */
function start() {
  const clock = { now: 1_000_000 };
  const truth = { isRevoked: false };
  const unanswered: (() => void)[] = [];
  const validator = createApiKeyValidator(
    () =>
      ({
        apiKeys: {
          createValidation: () => {
            const apiKey = truth.isRevoked ? null : KEY;
            return new Promise((resolve) => {
              unanswered.push(() => {
                resolve({ apiKey });
              });
            });
          },
        },
      }) as never,
    { digest: (value) => value, now: () => clock.now, report: () => undefined },
  );
  const requests: { isAfterEvent: boolean; answeredAfterEvent?: boolean; verdict?: string }[] = [];
  const eventState = { isRevoked: false };
  const come = (): void => {
    const request: (typeof requests)[number] = { isAfterEvent: eventState.isRevoked };
    requests.push(request);
    void validator.validate("sk_example_1").then(({ kind }: ApiKeyVerdict) => {
      request.verdict = kind;
      request.answeredAfterEvent = eventState.isRevoked;
    });
  };
  return { clock, truth, unanswered, validator, requests, eventState, come };
}

type World = ReturnType<typeof start>;
type Steps = Readonly<Record<string, (world: World) => void>>;

const STEPS: Steps = {
  "a request comes": ({ come }) => {
    come();
  },
  "another request comes": ({ come }) => {
    come();
  },
  "the key is revoked and its event read": ({ truth, validator, eventState }) => {
    truth.isRevoked = true;
    eventState.isRevoked = true;
    validator.forget(KEY.id);
  },
  "the oldest question is answered": ({ unanswered }) => {
    unanswered.shift()?.();
  },
  "the newest question is answered": ({ unanswered }) => {
    unanswered.pop()?.();
  },
  "thirty seconds pass": ({ clock }) => {
    clock.now += 30_000;
  },
};

it.each([
  ["a key that was never seen", false],
  ["a key whose verdict is 30 seconds old", true],
])("T-14: no order of events lets %s in once the event of its end was read", async (_, isKnown) => {
  for (const order of ordersOf(Object.keys(STEPS))) {
    const world = start();
    if (isKnown) {
      world.come();
      await turn();
      world.unanswered.shift()?.();
      await turn();
      world.clock.now += 30_000;
    }
    for (const step of order) {
      STEPS[step]?.(world);
      await turn();
    }
    for (let index = 0; world.unanswered.length > 0 && index < 20; index += 1) {
      world.unanswered.pop()?.();
      await turn();
    }
    for (const { isAfterEvent, answeredAfterEvent, verdict } of world.requests) {
      const isRevoked = isAfterEvent || answeredAfterEvent === true;
      expect([order.join(", "), verdict]).toEqual([
        order.join(", "),
        isRevoked ? "invalid" : "valid",
      ]);
    }
  }
});
