import { describe, expect, it } from "vitest";
import { getAccess, getUser, type ConfigurationError } from "../../src/index.js";
import { runAs } from "../../src/testing.js";
import { startGuarded } from "../support/guarded-server.js";
import { call, request, startToolServer } from "./tool-server.js";

const problemOf = async (ask: () => unknown): Promise<unknown> => {
  try {
    return await ask();
  } catch (error) {
    const { code, problems } = error as ConfigurationError;
    return [code, problems];
  }
};
const problem = (path: string, isWrong: string): unknown => [
  "invalid_configuration",
  [{ path, message: `${path} ${isWrong}` }],
];

describe("options", () => {
  it.each<readonly [string, () => unknown, string, string]>([
    [
      "getAccess()",
      () => getAccess({ featureFlag: true } as never),
      "getAccess.featureFlag",
      "is unknown: is featureFlags meant?",
    ],
    [
      "getAccess()",
      () => getAccess({ featureFlags: "yes" } as never),
      "getAccess.featureFlags",
      "must be true or false",
    ],
    [
      "getAccess()",
      () => getAccess(null as never),
      "getAccess",
      "must be an object with featureFlags",
    ],
    [
      "getUser()",
      () => getUser({ refresh: true } as never),
      "getUser.refresh",
      "is unknown: is fresh meant?",
    ],
    ["getUser()", () => getUser({ fresh: 1 } as never), "getUser.fresh", "must be true or false"],
  ])("of %s are refused when they cannot be", async (_, ask, path, isWrong) => {
    const persona = { user: {} };
    const found = runAs(persona, async () => ({ isError: true, found: await problemOf(ask) }));
    expect(await found).toEqual({ isError: true, found: problem(path, isWrong) });
  });

  it("that are refused do not let the call pass when the tool catches that", async () => {
    const passes = runAs({}, async () => {
      await problemOf(() => getAccess({ flags: true } as never));
      return "the secret";
    });
    await expect(passes).rejects.toMatchObject({ code: "answer_withheld" });
  });

  it("of call.access() are refused, which denies and is in the log", async () => {
    const server = await startToolServer({
      access: {
        tools: { x: { check: async ({ access }) => !!(await access({ flags: true } as never)) } },
      },
    });
    await server.send(server.token(), call("x"));
    expect(server.ran).toEqual([]);
    expect(server.lines.find((line) => line.includes("check_failed: "))).toContain(
      "getAccess.flags is unknown",
    );
  });
});

describe("what require() says is used", () => {
  it.each([
    ["a tool", "this tool", [call("x")]],
    ["a prompt", "this prompt", [request("prompts/get", { name: "p" })]],
    ["a resource", "this resource", [request("resources/read", { uri: "docs://a" })]],
    ["a prompt or a tool", "this", [call("x", {}, 1), request("prompts/get", { name: "p" }, 2)]],
  ])("is what the request uses: %s", async (_, used, messages) => {
    const { ask, issuer } = await startGuarded({
      before: (asked) => {
        Object.assign(asked, { body: messages.length === 1 ? messages[0] : messages });
      },
      handler: (_request, response) => {
        const refuse = (error: Error): void => {
          response.statusCode = 403;
          response.end(error.message);
        };
        void getAccess()
          .then((access) => access.require({ scopes: ["mail"] }))
          .catch(refuse);
      },
    });
    const answer = await ask(issuer.sign());
    expect(await answer.text()).toMatch(`You may use ${used} after granting`);
  });
});
