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
