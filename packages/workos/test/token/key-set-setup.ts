import { createKeySet, type KeyLookup, type KeySet } from "../../src/token/key-set.js";
import type { AuthEvent } from "../../src/trail/event.js";
import { createTestIssuer, NOW, type TestIssuer } from "../support/issuer.js";

/** Creates a key set beside its issuer, with a clock that moves by hand. */
export function startKeySet(): {
  issuer: TestIssuer;
  keySet: KeySet;
  clock: { now: number };
  reports: string[];
  kind: (kid: string) => Promise<KeyLookup["kind"]>;
  /** Moves the clock by so many milliseconds and runs what is due on the way. */
  pass: (milliseconds: number) => Promise<void>;
} {
  const issuer = createTestIssuer();
  const clock = { now: NOW };
  const reports: string[] = [];
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  const keySet = createKeySet(issuer.issuer, {
    fetch: issuer.fetch,
    now: () => clock.now,
    schedule: (run, delay) => {
      const timer = { at: clock.now + delay, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    trail: (event: AuthEvent) => {
      if (event.kind === "issuer")
        reports.push(`${event.document} ${event.state}: ${event.detail}`);
    },
  });
  const kind = async (kid: string): Promise<KeyLookup["kind"]> => (await keySet.find(kid)).kind;
  const pass = async (milliseconds: number): Promise<void> => {
    const until = clock.now + milliseconds;
    for (;;) {
      const [next] = [...timers]
        .filter(({ at }) => at <= until)
        .toSorted((one, other) => one.at - other.at);
      if (next === undefined) break;
      timers.delete(next);
      clock.now = next.at;
      next.run();
      await settle();
    }
    clock.now = until;
  };
  return { issuer, keySet, clock, reports, kind, pass };
}

export const down = (): Response => new Response(null, { status: 500 });

/** Lets background work that needs no timer come to its end. */
export const settle = async (): Promise<void> => {
  await new Promise((resolve) => {
    setImmediate(() => setTimeout(resolve, 5));
  });
};
