import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createExpiringMap } from "../../src/store/expiring-map.js";

describe("an expiring map", () => {
  it("forgets at the time it was told, and gives a taken entry once", () => {
    let time = 0;
    const map = createExpiringMap<string>({ limit: 10, now: () => time });
    map.set("a", "A", 100);
    map.set("b", "B", 100);
    time = 99;
    expect([map.get("a"), map.take("a"), map.take("a")]).toEqual(["A", "A", undefined]);
    time = 100;
    expect([map.get("b"), map.size]).toEqual([undefined, 0]);
  });

  it("lets what has expired make room before what has not", () => {
    let time = 0;
    const map = createExpiringMap<string>({ limit: 2, now: () => time });
    map.set("long", "L", 1_000);
    map.set("short", "S", 10);
    time = 10;
    map.set("new", "N", 1_000);
    expect([map.get("long"), map.get("short"), map.get("new")]).toEqual(["L", undefined, "N"]);
    map.set("newer", "N", 1_000);
    expect(map.get("long")).toBeUndefined();
  });

  it("never grows beyond its limit, and always holds the newest entry", () => {
    const writes = fc.array(fc.tuple(fc.string(), fc.integer({ min: 1, max: 100 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), writes, (limit, entries) => {
        const map = createExpiringMap<number>({ limit, now: () => 0 });
        for (const [key, value] of entries) {
          map.set(key, value, value);
          expect(map.size).toBeLessThanOrEqual(limit);
          expect(map.get(key)).toBe(value);
        }
      }),
    );
  });
});
