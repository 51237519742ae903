import { describe, expect, it } from "vitest";
import { compileAccessMap, type AccessMap } from "../../src/access/access-map.js";
import { compareAccess } from "../../src/access/compare-access.js";
import { compileRule } from "../../src/access/compile-rule.js";
import { getAccess, type WorkOSAuthError } from "../../src/index.js";
import { call, startToolServer } from "./tool-server.js";
import type { Problem } from "../../src/errors.js";

const EVERY = new Set(["user", "application", "api-key"] as const);

function compiled(given: unknown) {
  const problems: Problem[] = [];
  const rule = compileRule(given, "r", EVERY, problems);
  return { problems: problems.map(({ message }) => message), asks: rule.alternatives };
}

function compiledMap(map: unknown) {
  const problems: Problem[] = [];
  const policy = compileAccessMap(map as AccessMap, EVERY, problems);
  return { problems: problems.map(({ message }) => message), policy };
}

class AdminsOnly {
  organization = "required";
  get role() {
    return ["admin"];
  }
}
class AdminsOfMail extends AdminsOnly {
  scopes = ["mail"];
}
const hidden = Object.defineProperty({ organization: "required" }, "role", { value: ["admin"] });
/** A proxy that does not list what it has. */
const unlisted = new Proxy<Record<string, unknown>>(
  { organization: "required" },
  {
    has: (target, name) => name === "role" || name in target,
    get: (target, name) => (name === "role" ? ["admin"] : target[String(name)]),
  },
);
const throwing = {
  organization: "required",
  get role(): readonly string[] {
    throw new Error("not set up yet");
  },
};

/** Ways to write `{ organization: "required", role: "admin" }`. */
const WAYS: readonly (readonly [string, object])[] = [
  ["a class with a getter", new AdminsOnly()],
  ["a class below it", new AdminsOfMail()],
  [
    "Object.create(base)",
    Object.assign(Object.create({ role: ["admin"] }) as object, { organization: "required" }),
  ],
  ["a non-enumerable member", hidden],
  ["a proxy that does not list it", unlisted],
  [
    "an object without a prototype",
    Object.assign(Object.create(null) as object, { organization: "required", role: ["admin"] }),
  ],
];

describe("a rule that is no literal", () => {
  it.each(WAYS)("asks for what %s gives", (_, given) => {
    const { problems, asks } = compiled(given);
    expect(problems).toEqual([]);
    expect(asks).toMatchObject([{ roles: [["admin"]], needsOrganization: true }]);
    expect(compiled({ anyOf: [{ caller: "api-key" }, given] }).asks[1]).toMatchObject({
      roles: [["admin"]],
      needsOrganization: true,
    });
  });

  it.each(WAYS)("keeps a caller without the role from running the tool: %s", async (_, rule) => {
    const server = await startToolServer({ access: { tools: { x: rule } } });
    await server.send(server.token(), call("x"));
    expect(server.ran).toEqual([]);
  });

  it.each(WAYS)("asks the same inside a tool: %s", async (_, rule) => {
    const server = await startToolServer({}, { tool: async () => (await getAccess()).has(rule) });
    const reply = await server.send(server.token(), call("x"));
    expect(reply.json).toMatchObject({ result: { content: [{ text: false }] } });
  });

  it("is refused for a name that does not exist, wherever the name is", () => {
    class Misspelt {
      organization = "required";
      get rolle() {
        return ["admin"];
      }
    }
    expect(compiled(new Misspelt()).problems).toEqual(["r.rolle is unknown: is role meant?"]);
  });

  it("is refused when it cannot be read, at start and inside a tool", async () => {
    expect(compiled(throwing).problems).toEqual(["r cannot be read: a getter or a proxy throws"]);
    const codes: unknown[] = [];
    const server = await startToolServer(
      {},
      {
        tool: async () => {
          const access = await getAccess();
          try {
            access.require(throwing as never);
          } catch (error) {
            codes.push((error as WorkOSAuthError).code);
            throw error;
          }
        },
      },
    );
    await server.send(server.token(), call("x"));
    expect(codes).toEqual(["invalid_rule"]);
  });

  it("is read once, so that it cannot change after it was checked", () => {
    let reads = 0;
    const given = {
      get role() {
        reads += 1;
        return reads === 1 ? ["admin"] : "member";
      },
    };
    expect(compiled(given)).toMatchObject({ problems: [], asks: [{ roles: [["admin"]] }] });
    expect(reads).toBe(1);
    const list = Object.defineProperty(["x"], 0, {
      get: () => (reads === 1 ? ((reads += 1), "admin") : 7),
    });
    expect(compiled({ role: list })).toMatchObject({
      problems: [],
      asks: [{ roles: [["admin"]] }],
    });
  });

  it.each(["permissions", "role", "scopes", "featureFlags", "caller", "organization"])(
    "is refused for a hole in %s",
    (key) => {
      const good = { caller: "user", organization: "org_01A" }[key] ?? "a";
      // oxlint-disable-next-line no-sparse-arrays -- a hole is what this is about
      expect(compiled({ [key]: [, good] }).problems).toHaveLength(1);
      expect(compiled({ [key]: [good] }).problems).toEqual([]);
    },
  );

  it("is refused for a list that a subclass says is good", () => {
    class Lying extends Array<unknown> {}
    Object.defineProperties(Lying.prototype, {
      every: { value: () => true },
      flat: { value: () => ["org_01A"] },
      [Symbol.iterator]: { value: () => ["admin"].values() },
    });
    expect(compiled({ role: Lying.of(7) }).problems).toEqual([
      "r.role must be a role slug, or a list of them of which any will do",
    ]);
    expect(compiled({ organization: Lying.of(7) }).problems).toEqual([
      'r.organization must be "required", an ID (org_…), or a list of IDs of which any will do',
    ]);
    expect(compiled({ role: Lying.of("a", "b") }).asks).toMatchObject([{ roles: [["a", "b"]] }]);
  });

  it("is refused as a list of alternatives with a hole or with a member of its own", () => {
    const problem =
      "r.anyOf must be a list of conditions, with at least one, without holes and without members of its own";
    // oxlint-disable-next-line no-sparse-arrays -- a hole is what this is about
    expect(compiled({ anyOf: [, { role: "a" }] }).problems).toEqual([problem]);
    expect(
      compiled({ anyOf: Object.assign([{ organization: "required" }], { role: "admin" }) })
        .problems,
    ).toEqual([problem]);
  });
});

describe("a map that is no literal", () => {
  class Base {
    get tools() {
      return Object.assign(Object.create({ drop: { role: "admin" } }) as object, {
        "*": "authenticated",
      });
    }
    get impliesScope() {
      return () => true;
    }
  }

  it("keeps rules and options that it inherits", () => {
    const { problems, policy } = compiledMap(new Base());
    expect(problems).toEqual([]);
    expect(policy.ruleFor("tool", "drop")?.alternatives).toMatchObject([{ roles: [["admin"]] }]);
    expect(policy.satisfies(["a"], "b")).toBe(true);
  });

  it("keeps a caller without the role from the tool of an inherited rule", async () => {
    const server = await startToolServer({ access: new Base() });
    await server.send(server.token(), call("drop"));
    await server.send(server.token(), call("other"));
    expect(server.ran).toEqual(["tools/call other"]);
  });

  it("is refused for inherited names that do not exist and for what cannot be read", () => {
    expect(compiledMap(Object.create({ tool: {} })).problems).toEqual([
      "access.tool is unknown: is tools meant?",
    ]);
    expect(
      compiledMap({
        get tools(): never {
          throw new Error("no");
        },
      }).problems,
    ).toEqual(["access cannot be read: a getter or a proxy throws"]);
    expect(
      compiledMap({
        tools: {
          get x(): never {
            throw new Error("no");
          },
        },
      }).problems,
    ).toEqual(["access.tools cannot be read: a getter or a proxy throws"]);
  });

  it("is refused for two patterns that disagree in what getters give", () => {
    const of = (role: string) => ({
      get role() {
        return [role];
      },
    });
    const rules = (one: string, other: string) => ({
      tools: {
        "a*x": Object.create(of(one)) as object,
        "*ax": Object.create(of(other)) as object,
      },
    });
    expect(compiledMap(rules("p", "p")).problems).toEqual([]);
    expect(compiledMap(rules("p", "q")).problems).toHaveLength(1);
  });

  it("is compared with a server by the rules it inherits", () => {
    const map = { tools: Object.create({ drop: { role: "admin" } }) as AccessMap["tools"] };
    expect(compareAccess(map as AccessMap, { tools: ["drop"] })).toEqual([]);
  });
});
