import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createShares, type Share } from "../../src/audit/shares.js";

const admitted = (caller: string): Share => ({ isDenied: false, caller });
const denied = (caller: string): Share => ({ isDenied: true, caller });

describe("the share that gives way", () => {
  it("is the arriving letter's own while no other holds more", () => {
    const shares = createShares();
    expect(shares.choose(admitted("user ada"))).toEqual(admitted("user ada"));
    shares.add(admitted("user eve"));
    expect(shares.choose(admitted("user ada"))).toEqual(admitted("user ada"));
    shares.add(admitted("user eve"));
    expect(shares.choose(admitted("user ada"))).toEqual(admitted("user eve"));
  });

  it("is a denied one before any admitted one", () => {
    const shares = createShares();
    shares.add(admitted("user ada"), 9);
    shares.add(denied("user eve"));
    expect(shares.choose(admitted("user ada"))).toEqual(denied("user eve"));
    expect(shares.choose(denied("user ada"))).toEqual(denied("user ada"));
    shares.remove(denied("user eve"));
    expect(shares.choose(admitted("user bob"))).toEqual(admitted("user ada"));
  });

  it("forgets every caller when everything was cleared", () => {
    const shares = createShares();
    shares.add(admitted("user eve"), 5);
    shares.add(denied("user eve"), 5);
    shares.clear();
    expect(shares.choose(admitted("user ada"))).toEqual(admitted("user ada"));
    shares.add(admitted("user eve"));
    shares.add(admitted("user eve"));
    expect(shares.choose(admitted("user ada"))).toEqual(admitted("user eve"));
    shares.remove(admitted("user eve"));
    expect(shares.choose(admitted("user ada"))).toEqual(admitted("user ada"));
  });

  it("holds most, whatever came and went", () => {
    const callers = ["user a", "user b", "user c", "user d"];
    const step = fc.record({
      caller: fc.constantFrom(...callers),
      isDenied: fc.boolean(),
      by: fc.constantFrom(-1, -1, 1, 1, 3),
    });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.constantFrom(...callers),
        (steps, arriving) => {
          const shares = createShares();
          const held = { admitted: new Map<string, number>(), denied: new Map<string, number>() };
          for (const { caller, isDenied, by } of steps) {
            const own = isDenied ? held.denied : held.admitted;
            const before = own.get(caller) ?? 0;
            if (by < 0 && before === 0) continue;
            own.set(caller, before + by);
            if (by < 0) shares.remove({ isDenied, caller });
            else shares.add({ isDenied, caller }, by);
            for (const isArrivingDenied of [true, false]) {
              const hasDenied = [...held.denied.values()].some((count) => count > 0);
              const rank = isArrivingDenied || hasDenied ? held.denied : held.admitted;
              const most = Math.max(0, ...rank.values());
              const chosen = shares.choose({ isDenied: isArrivingDenied, caller: arriving });
              expect(chosen.isDenied).toBe(isArrivingDenied || hasDenied);
              const count = rank.get(chosen.caller) ?? 0;
              const isOwn =
                chosen.caller === arriving && isArrivingDenied === chosen.isDenied ? 1 : 0;
              expect(count + isOwn).toBeGreaterThanOrEqual(most);
            }
          }
        },
      ),
    );
  });
});
