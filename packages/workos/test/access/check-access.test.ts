import { describe, expect, it } from "vitest";
import type { Check } from "../../src/index.js";
import { ACME, call, startToolServer, workosFake } from "./tool-server.js";

const DOC = { resourceId: "authz_resource_01DOC" };

/** Asks a check once, and gives what came of it. */
async function judge(
  check: Check,
  status = 200,
): Promise<{ readonly ran: boolean; readonly status: number; readonly line: string | undefined }> {
  const workos = workosFake();
  const server = await startToolServer({ access: { tools: { x: { check } } } }, { workos });
  workos.status = status;
  const reply = await server.send(server.token(), call("x"));
  return {
    ran: server.ran.length > 0,
    status: reply.status,
    line: server.lines.find((line) => line.includes("check_failed: ")),
  };
}

describe("call.access() in a check", () => {
  it.each<[string, Check, boolean]>([
    ["has()", async ({ access }) => (await access()).has({ role: "member" }), true],
    ["has(), in vain", async ({ access }) => (await access()).has({ role: "admin" }), false],
    [
      "require()",
      async ({ access }) => {
        (await access()).require({ permissions: ["reports:read"], organization: ACME });
        return true;
      },
      true,
    ],
    [
      "require(), in vain",
      async ({ access }) => {
        (await access()).require({ role: "admin" });
        return true;
      },
      false,
    ],
    ["on()", async ({ access }) => (await (await access()).on("a", DOC)).isAllowed, true],
  ])("decides by %s, and is no fault", async (_, check, isAllowed) => {
    expect(await judge(check)).toEqual({ ran: isAllowed, status: 200, line: undefined });
  });

  it("answers 503 when WorkOS cannot be asked and require() says so", async () => {
    const check: Check = async ({ access }) => {
      (await access()).require({ role: "member" });
      return true;
    };
    expect(await judge(check, 503)).toMatchObject({ ran: false, status: 503 });
  });

  it.each<[string, Check]>([
    ["has()", async ({ access }) => !(await access()).has({ role: "admin" })],
    ["its roles", async ({ access }) => !(await access()).roles.includes("admin")],
    ["its permissions", async ({ access }) => !(await access()).permissions.includes("banned")],
    ["its membership", async ({ access }) => (await access()).membershipId !== "om_01OTHER"],
    ["on()", async ({ access }) => !(await (await access()).on("banned", DOC)).isAllowed],
  ])(
    "answers 503 while WorkOS cannot be asked, and does not take silence for no: %s",
    async (_, check) => {
      expect(await judge(check, 503)).toMatchObject({ ran: false, status: 503 });
    },
  );

  it("answers from the token while WorkOS cannot be asked", async () => {
    const check: Check = async ({ access }) => (await access()).has({ role: "admin" });
    const server = await startToolServer({ access: { tools: { x: { check } } } });
    server.workos.status = 503;
    await server.send(server.token({ role: "admin" }), call("x"));
    expect(server.ran).toEqual(["tools/call x"]);
  });

  it("is resolved once for a request, and answers each of its checks", async () => {
    const seen: unknown[] = [];
    const check: Check = async ({ access }) => {
      const { caller, roles, permissions, membershipId } = await access();
      seen.push([caller.id, roles, permissions, membershipId]);
      return true;
    };
    const server = await startToolServer({ access: { tools: { x: { check } } } });
    await server.send(server.token(), [call("x", { a: 1 }, 1), call("x", { a: 2 }, 2)]);
    const one = ["user_01ADA", ["member"], ["reports:read"], "om_01MEMBER"];
    expect(seen).toEqual([one, one]);
    expect(server.workos.asked.filter((path) => path.includes("memberships"))).toHaveLength(1);
  });

  it.each<[string, Check, RegExp]>([
    [
      "reads a member that is not there",
      async ({ access }) => ((await access()) as unknown as { role: string }).role !== "member",
      /the access has no member "role"/,
    ],
    [
      "does not wait for access(), and reads it",
      ({ access }) => !(access() as unknown as { roles?: string[] }).roles?.includes("member"),
      /before call\.access\(\) had resolved: an await is missing/,
    ],
    [
      "does not wait for access()",
      ({ access }) => {
        void access().then((resolved) => resolved.require({ role: "admin" }));
        return true;
      },
      /before call\.access\(\) had resolved: an await is missing/,
    ],
    [
      "does not wait for on()",
      async ({ access }) => {
        void (await access()).on("a", DOC);
        return true;
      },
      /before access\.on\(\) had resolved/,
    ],
    [
      "does not use what on() answered",
      async ({ access }) => Boolean(await (await access()).on("a", DOC)),
      /access\.on\(\) was awaited and its answer not used/,
    ],
    [
      "goes on after a denial",
      async ({ access }) => {
        try {
          (await access()).require({ role: "admin" });
        } catch {
          // Swallowed.
        }
        return true;
      },
      /access\.require\(\) or access\.has\(\) threw/,
    ],
    [
      "asks with a typo",
      async ({ access }) => (await access()).has({ rolle: "member" } as never),
      /requirements\.rolle is unknown/,
    ],
  ])("denies when the check %s", async (_, check, cause) => {
    const { ran, line } = await judge(check);
    expect(ran).toBe(false);
    expect(line).toMatch(cause);
  });
});
