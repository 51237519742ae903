import { describe, expect, it } from "vitest";
import { readList, readMembers } from "../../src/standards/members.js";

class Base {
  get inherited() {
    return "from a class above";
  }
}
class Options extends Base {
  own = "a field";
  #reads = 0;
  get getter() {
    this.#reads += 1;
    return this.#reads;
  }
}

describe("the members of an object", () => {
  it("are copied from fields, getters and prototypes, and the constructor is none", () => {
    expect({ ...readMembers(new Options()) }).toEqual({
      own: "a field",
      getter: 1,
      inherited: "from a class above",
    });
    expect({ ...readMembers(Object.create({ base: 1 })) }).toEqual({ base: 1 });
    expect({ ...readMembers(Object.create(Object.create(null, { deep: { value: 2 } }))) }).toEqual({
      deep: 2,
    });
    const hidden = Object.defineProperty({ shown: 1 }, "hidden", { value: 2 });
    expect({ ...readMembers(hidden) }).toEqual({ shown: 1, hidden: 2 });
  });

  it("take the nearest value of a name", () => {
    const given = Object.assign(Object.create({ name: "far", other: 1 }) as object, {
      name: "near",
    });
    expect({ ...readMembers(given) }).toEqual({ name: "near", other: 1 });
  });

  it("are none of Object.prototype's, even where that was changed", () => {
    expect({ ...readMembers({}) }).toEqual({});
    // oxlint-disable-next-line no-extend-native -- what a polluted prototype does is what this is about
    Object.defineProperty(Object.prototype, "polluted", { value: 1, configurable: true });
    try {
      expect({ ...readMembers({}, ["polluted"]) }).toEqual({});
    } finally {
      delete (Object.prototype as { polluted?: unknown }).polluted;
    }
  });

  it("keep a name that a prototype has too when the object has it itself", () => {
    const given = { toString: "x", constructor: "y", ["__proto__"]: "z" };
    const members = readMembers(given) ?? {};
    expect(Object.entries(members)).toEqual([
      ["toString", "x"],
      ["constructor", "y"],
      ["__proto__", "z"],
    ]);
    expect(Object.getPrototypeOf(members)).toBeNull();
  });

  it("of a proxy are what it lists and what it has when asked by name", () => {
    const proxy = new Proxy(
      { listed: 1 },
      {
        has: (_, name) => name === "asked" || name === "listed",
        get: (_, name) => (name === "asked" ? 2 : 1),
      },
    );
    expect({ ...readMembers(proxy) }).toEqual({ listed: 1 });
    expect({ ...readMembers(proxy, ["asked", "absent"]) }).toEqual({ listed: 1, asked: 2 });
  });

  it.each([
    [
      "a getter",
      {
        get roles(): never {
          throw new Error("no");
        },
      },
    ],
    [
      "ownKeys",
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error("no");
          },
        },
      ),
    ],
    [
      "getPrototypeOf",
      new Proxy(
        {},
        {
          getPrototypeOf: () => {
            throw new Error("no");
          },
        },
      ),
    ],
    [
      "get",
      new Proxy(
        { a: 1 },
        {
          get: () => {
            throw new Error("no");
          },
        },
      ),
    ],
  ])("cannot be had when %s throws", (_, given) => {
    expect(readMembers(given)).toBeUndefined();
  });
});

describe("the elements of a list", () => {
  it("are copied, each read once", () => {
    let reads = 0;
    const list = Object.defineProperty([0, "b"], 0, { get: () => (reads += 1) });
    expect(readList(list)).toEqual([1, "b"]);
    expect(reads).toBe(1);
    expect(readList([])).toEqual([]);
    expect(readList(Object.freeze(["a"]))).toEqual(["a"]);
  });

  it("do not come from an iterator or a method that a subclass replaced", () => {
    class Lying extends Array<string> {}
    Object.defineProperties(Lying.prototype, {
      every: { value: () => true },
      [Symbol.iterator]: { value: () => ["lie"].values() },
    });
    expect(readList(Lying.of("a", "b"))).toEqual(["a", "b"]);
  });

  it.each([
    // oxlint-disable-next-line no-sparse-arrays -- a hole is what this is about
    ["a hole", [, "a"]],
    ["another member", Object.assign(["a"], { check: 1 })],
    // oxlint-disable-next-line no-sparse-arrays -- a hole is what this is about
    ["a hole and another member", Object.assign([, "a"], { check: 1 })],
    ["no list", { length: 1, 0: "a" }],
    ["a set", new Set(["a"])],
    ["a text", "a"],
    [
      "a getter that throws",
      Object.defineProperty([1], 0, {
        get: () => {
          throw new Error("no");
        },
      }),
    ],
  ])("cannot be had of a list with %s", (_, given) => {
    expect(readList(given)).toBeUndefined();
  });
});
