import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { getCaller } from "../../src/index.js";
import { runAs, type Persona } from "../../src/testing.js";
import { call, startTools } from "../access/serve-tools.js";
import { startGuarded } from "../support/guarded-server.js";
import { LEAD, ORGANIZATION, pathsOf, thrownBy } from "./runs.js";

describe("runAs() refuses", () => {
  it.each<[unknown, string[]]>([
    [{ rolse: ["a"] }, ["persona.rolse"]],
    [{ kind: "agent" }, ["persona.kind"]],
    [{ user: { frstName: "x" } }, ["persona.user.frstName"]],
    [{ kind: "application", user: {} }, ["persona.user"]],
    [{ permissionsOn: [] }, ["persona.permissionsOn"]],
    [
      { organizationId: ORGANIZATION, permissionsOn: [{ resourceId: "r", permission: "a" }] },
      ["persona.permissionsOn[0].permission", "persona.permissionsOn[0]"],
    ],
    [
      {
        organizationId: ORGANIZATION,
        permissionsOn: [{ resourceTypeSlug: "folder", permissions: ["a"] }],
      },
      ["persona.permissionsOn[0]"],
    ],
    [{ workos: "client" }, ["persona.workos"]],
    [{ roles: ["lead"] }, ["persona.organizationId"]],
    [{ permissions: [] }, ["persona.organizationId"]],
    [undefined, ["persona"]],
  ])("the persona %j", async (persona, paths) => {
    const tool = vi.fn<() => void>();
    const error = await thrownBy(() => runAs(persona as Persona, tool));
    expect(pathsOf(error)).toEqual(["invalid_configuration", paths]);
    expect(tool).not.toHaveBeenCalled();
  });

  it("an agent, which cannot call yet", async () => {
    const agent = { kind: "agent" } as unknown as Persona;
    await expect(async () => runAs(agent, getCaller)).rejects.toThrow(
      "agents are not supported yet",
    );
  });

  it("a promise in the place of a function", async () => {
    const error = await thrownBy(() => runAs(LEAD, Promise.resolve("x") as never));
    expect(pathsOf(error)).toEqual(["invalid_configuration", ["tool"]]);
  });

  it("production", async () => {
    vi.stubEnv("NODE_ENV", "production");
    onTestFinished(() => void vi.unstubAllEnvs());
    const tool = vi.fn<() => void>();
    expect(pathsOf(await thrownBy(() => runAs(LEAD, tool)))).toEqual([
      "invalid_configuration",
      ["NODE_ENV"],
    ]);
    expect(tool).not.toHaveBeenCalled();
  });

  it("a request to a public path", async () => {
    const answers: unknown[] = [];
    const { ask } = await startGuarded({
      config: { publicPaths: ["/status"] },
      handler: (_, response) => {
        void thrownBy(() => runAs(LEAD, getCaller)).then((error) => {
          answers.push(pathsOf(error));
          response.end();
        });
      },
    });
    await ask(undefined, { path: "/status" });
    expect(answers).toEqual([["invalid_configuration", ["runAs()"]]]);
  });

  it("a request that a server handles, and what outlives one", async () => {
    const admin: Persona = { organizationId: ORGANIZATION, roles: ["admin"] };
    const bypass = async (): Promise<string> => {
      const error = await thrownBy(() => runAs(admin, () => getCaller().id));
      return JSON.stringify(pathsOf(error));
    };
    let late: Promise<string> | undefined;
    const { send } = await startTools(
      {
        now: bypass,
        later: () => {
          late = sleep(20).then(bypass);
          return "done";
        },
      },
      true,
    );
    const refused = '["invalid_configuration",["runAs()"]]';
    const { messages } = await send(call("now"));
    expect(messages).toMatchObject([{ result: { content: [{ text: refused }] } }]);
    await send(call("later"));
    expect(await late).toBe(refused);
  });
});
