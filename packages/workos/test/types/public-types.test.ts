import type { Middleware } from "xmcp";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import {
  getSession,
  workosProvider,
  type Session,
  type StandardSchema,
  type WorkOSMiddleware,
} from "../../src/index.js";
import { compile } from "./compile.js";

describe("the types of access inside a tool", { timeout: 120_000 }, () => {
  /** What a tool must not be able to write, and the compiler's code for it. */
  const MISUSES: readonly (readonly [code: string, line: string])[] = [
    ["TS2339", "getAccess().has({ role: 'admin' });"],
    ["TS2339", "getAccess().require({ role: 'admin' });"],
    ["TS2801", "if (access.on('a', { resourceId: 'b' })) void 0;"],
    ["TS2774", "if (access.has) void 0;"],
    ["TS2561", "access.has({ permissons: ['a'] });"],
    ["TS2322", "access.has({ permissions: [] });"],
    ["TS2559", "access.has('authenticated');"],
    ["TS2559", "access.has(Promise.resolve({ role: 'a' }));"],
    ["TS2353", "access.has({ check: () => true });"],
    ["TS2353", "access.has({ anyOf: [{ role: 'a' }] });"],
    ["TS2379", "access.has({ role: undefined });"],
    ["TS2345", "void access.on('a', { resourceExternalId: 'b' });"],
  ];

  it("refuse what misses an await or asks for what cannot be asked, and nothing else", () => {
    const lines = [
      ...MISUSES.map(([, line]) => line),
      "access.require({ role: ['admin', 'lead'], organization: 'required' }, { name: 'it' });",
      "const on = await access.on('docs:read', { resourceId: 'a' });",
      "if (on.isAllowed && access.has({ caller: 'user', scopes: ['a'] })) on.require();",
    ];
    const found = compile(`
      import { getAccess } from "../../src/index.js";
      export async function tool() {
        const access = await getAccess();
        ${lines.join("\n")}
      }
    `);
    expect(found.map((line) => line.split(" ", 1)[0])).toEqual(MISUSES.map(([code]) => code));
  });
});

describe("the types of the package", { timeout: 120_000 }, () => {
  it("fit xmcp's Middleware, which is not any", () => {
    expectTypeOf<Middleware>().not.toBeAny();
    expectTypeOf<WorkOSMiddleware>().toExtend<Middleware>();
    expectTypeOf(workosProvider).returns.toExtend<Middleware>();
    expect(typeof workosProvider).toBe("function");
  });

  it("take zod schemas for claims, and keep claims unknown until they are registered", () => {
    expectTypeOf(z.object({ team: z.string() })).toExtend<StandardSchema>();
    expectTypeOf(getSession).returns.toEqualTypeOf<Session>();
    expectTypeOf<Session["claims"]["team"]>().toBeUnknown();
    expect(typeof getSession).toBe("function");
  });

  it("know the claims that an app registers, and only those, in a compiled module", () => {
    expect(
      compile(`
        import { z } from "zod";
        import type { Middleware } from "xmcp";
        import { getSession, workosProvider } from "../../src/index.js";
        const claims = z.object({ team: z.enum(["red", "blue"]), level: z.number().optional() });
        declare module "../../src/index.js" {
          interface Register { claims: z.output<typeof claims> }
        }
        const middleware: Middleware = workosProvider({ claimsSchema: claims });
        const team: "red" | "blue" = getSession().claims.team;
        const level: number | undefined = getSession().claims.level;
        const subject: string = getSession().claims.sub;
        export default [middleware, team, level, subject];
      `),
    ).toEqual([]);
  });

  it("see what is wrong", () => {
    const wrong = compile(`
      import { z } from "zod";
      import { getSession, workosProvider } from "../../src/index.js";
      declare module "../../src/index.js" {
        interface Register { claims: { team: "red" } }
      }
      const session = getSession();
      session.userId = "user_01EVE";
      session.scopes.push("admin");
      const team: "blue" = session.claims.team;
      session.claims.sub = "user_01EVE";
      workosProvider({ clientID: "client_01" });
      workosProvider({ audience: "https://mcp.example.com" });
      workosProvider({ claimsSchema: z.string });
      workosProvider({ apiKey: undefined });
      export default team;
    `);
    expect(wrong.map((line) => line.split(" ", 1)[0])).toEqual([
      "TS2540", // userId is read-only
      "TS2339", // scopes have no push
      "TS2322", // the registered type
      "TS2540", // claims are read-only
      "TS2561", // clientID, did you mean clientId
      "TS2322", // an audience is a list or "resource"
      "TS2322", // a function is no schema
      "TS2379", // exactOptionalPropertyTypes
    ]);
  });
});
