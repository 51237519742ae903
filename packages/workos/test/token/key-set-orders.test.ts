import { expect, it } from "vitest";
import { createKeySet, type KeyLookup } from "../../src/token/key-set.js";
import { createTestIssuer, NOW } from "../support/issuer.js";
import { ordersOf, turn } from "../support/orders.js";

/** A key set whose issuer answers when it is told to, with the keys of the moment it was asked. */
function start() {
  const issuer = template();
  const clock = { now: NOW };
  const timers: { readonly at: number; readonly run: () => void }[] = [];
  const unanswered: (() => void)[] = [];
  /** Which keys each fetch will bring, in the order they began. */
  const fetches: ReadonlySet<unknown>[] = [];
  issuer.answer = () => {
    const keys = [...issuer.keys];
    fetches.push(new Set(keys.map(({ kid }) => kid)));
    return new Promise((resolve) => {
      unanswered.push(() => {
        resolve(isFailing.next ? new Response(null, { status: 500 }) : Response.json({ keys }));
        isFailing.next = false;
      });
    });
  };
  const isFailing = { next: false };
  const { find } = createKeySet(issuer.issuer, {
    fetch: issuer.fetch,
    now: () => clock.now,
    schedule: (run, delay) => {
      timers.push({ at: clock.now + delay, run });
      return () => undefined;
    },
    trail: () => undefined,
  });
  const pass = (milliseconds: number): void => {
    clock.now += milliseconds;
    for (const timer of timers.splice(0)) {
      if (timer.at <= clock.now) timer.run();
      else timers.push(timer);
    }
  };
  const lookups: { kid: string; fetchesBefore: number; settled?: KeyLookup["kind"] }[] = [];
  const look = (kid: string): void => {
    const lookup: (typeof lookups)[number] = { kid, fetchesBefore: fetches.length };
    lookups.push(lookup);
    void Promise.resolve(find(kid)).then(({ kind }) => {
      lookup.settled = kind;
    });
  };
  return { issuer, fetches, lookups, unanswered, isFailing, look, pass };
}

const keyPairs = createTestIssuer();
keyPairs.addKey("key_2");
const published = [...keyPairs.keys];
const template = () => {
  const issuer = createTestIssuer("https://acme.authkit.app", {
    publicKey: keyPairs.publicKey("key_1"),
    privateKey: keyPairs.privateKey("key_1"),
  });
  issuer.keys = published.slice(0, 1);
  return issuer;
};

type World = ReturnType<typeof start>;

const STEPS: Readonly<Record<string, (world: World) => void>> = {
  "a good token comes": ({ look }) => {
    look("key_2");
  },
  "another good token comes": ({ look }) => {
    look("key_2");
  },
  "an invented one comes": ({ look }) => {
    look("invented");
  },
  "the key is published": ({ issuer }) => {
    issuer.keys = [...published];
  },
  "an answer comes": ({ unanswered }) => {
    unanswered.shift()?.();
  },
  "a second passes": ({ pass }) => {
    pass(1_000);
  },
};

/** Lookups that did not settle, or were refused by a fetch that does not count against them. */
const faultsOf = ({ fetches, lookups }: World): readonly string[] =>
  lookups.flatMap(({ kid, fetchesBefore, settled }) => {
    if (settled === undefined) return [`${kid} is undecided`];
    // Refused only because of a question that was asked after the token came.
    const isRefuted = fetches.slice(fetchesBefore).some((keys) => !keys.has(kid));
    return settled === "unknown" && !isRefuted ? [`${kid} is unknown to an older fetch`] : [];
  });

it.each([
  ["with no key yet", false, false],
  ["with keys at hand and an invented token just refused", true, false],
  ["with keys at hand and an answer that fails", true, true],
])(
  "T-21: no order of events makes a good token unknown to a fetch older than itself, %s",
  async (_, isWarm, isFailing) => {
    for (const order of ordersOf(Object.keys(STEPS))) {
      const world = start();
      if (isWarm) {
        world.look("invented");
        for (let index = 0; index < 2; index += 1) {
          await turn();
          world.unanswered.shift()?.();
        }
        for (let index = 0; world.lookups[0]?.settled === undefined && index < 500; index += 1) {
          await turn();
          world.unanswered.shift()?.();
        }
      }
      world.isFailing.next = isFailing;
      for (const step of order) {
        STEPS[step]?.(world);
        await turn();
      }
      const isOver = (): boolean => world.lookups.every(({ settled }) => settled !== undefined);
      for (let index = 0; !isOver() && index < 500; index += 1) {
        world.unanswered.shift()?.();
        world.pass(100);
        await turn();
      }
      expect([order.join(", "), faultsOf(world)]).toEqual([order.join(", "), []]);
    }
  },
);
