import { describe, expect, it } from "vitest";
import { hasPermissionOn } from "../../src/index.js";
import { ADA, call, GLOBEX, startToolServer, workosFake } from "./tool-server.js";

const textOf = (reply: { json: unknown }): unknown =>
  (reply.json as { result: { content: { text: unknown }[] } }).result.content[0]?.text;

describe("a check", () => {
  it("gets the caller, a copy of the arguments, the client and the membership", async () => {
    const seen: unknown[] = [];
    const server = await startToolServer(
      {
        access: {
          tools: {
            x: {
              check: async (given) => {
                seen.push(given.caller.id, given.kind, given.name, given.arguments);
                seen.push(
                  typeof given.workos.userManagement.getUser,
                  (await given.access()).membershipId,
                );
                (given.arguments as Record<string, unknown>)["amount"] = 1;
                return true;
              },
            },
          },
          resources: {
            "docs://*": { check: ({ kind, name }) => seen.push(kind, name) > 0 },
          },
        },
      },
      { tool: () => Promise.resolve("ran") },
    );
    const message = call("x", { amount: 500, deep: { a: [1] } });
    expect(textOf(await server.send(server.token(), message))).toBe("ran");
    await server.send(server.token(), {
      jsonrpc: "2.0",
      id: 1,
      method: "resources/read",
      params: { uri: "docs://1" },
    });
    expect(seen).toEqual([
      ADA,
      "tool",
      "x",
      { amount: 1, deep: { a: [1] } },
      "function",
      "om_01MEMBER",
      "resource",
      "docs://1",
    ]);
  });

  it("that throws, returns a truthy value or false denies, each with its reason", async () => {
    const server = await startToolServer({
      access: {
        tools: {
          throws: {
            check: () => {
              throw new Error("the database is away");
            },
          },
          rejects: { check: () => Promise.reject(new Error("late")) },
          truthy: { check: () => 1 as never },
          no: { check: () => false },
        },
      },
    });
    const reasonOf = async (name: string): Promise<unknown> =>
      (
        (await server.send(server.token(), call(name))).json as {
          result: { _meta: Record<string, { reason: string }> };
        }
      ).result._meta["xmcp.dev/access-denied"]?.reason;
    expect(await reasonOf("throws")).toBe("check_failed");
    expect(await reasonOf("rejects")).toBe("check_failed");
    expect(await reasonOf("truthy")).toBe("check_failed");
    expect(await reasonOf("no")).toBe("check_denied");
    expect(server.ran).toEqual([]);
    expect(server.lines.filter((line) => line.includes("check_failed:"))).toEqual([
      'warn [workos] check_failed: the check of access.tools["throws"] failed, so the call was denied: the database is away',
      'warn [workos] check_failed: the check of access.tools["rejects"] failed, so the call was denied: late',
      'warn [workos] check_failed: the check of access.tools["truthy"] failed, so the call was denied: it returned number, and must return true or false',
    ]);
  });

  it("is asked only when the rest of its rule is met, and not at all when an alternative is", async () => {
    let asked = 0;
    const check = (): boolean => {
      asked += 1;
      return false;
    };
    const server = await startToolServer({
      access: {
        tools: {
          rest: { role: "admin", check },
          either: { anyOf: [{ check }, { role: "member" }] },
        },
      },
    });
    expect((await server.send(server.token(), call("rest"))).text).toContain("role_missing");
    expect(textOf(await server.send(server.token(), call("either")))).toBe("done");
    expect(asked).toBe(0);
  });

  it("is not asked for a list, and is asked for a machine", async () => {
    const server = await startToolServer({
      callers: ["user", "application"],
      access: { tools: { secret: { check: () => false } } },
    });
    const list = await server.send(server.token(), { jsonrpc: "2.0", id: 1, method: "tools/list" });
    expect(list.text).toContain('"secret"');
    const machine = server.token({
      sub: "client_01M2M",
      client_id: "client_01M2M",
      aud: "client_01TESTENVIRONMENT",
      sid: undefined,
    });
    expect((await server.send(machine, call("secret"))).text).toContain("check_denied");
  });

  it("by FGA asks about the resource of the call, and denies a stranger without asking", async () => {
    const workos = workosFake();
    const server = await startToolServer(
      {
        access: {
          tools: {
            edit: {
              check: hasPermissionOn("doc:edit", ({ arguments: { id } }) =>
                id === undefined
                  ? undefined
                  : { resourceTypeSlug: "doc", resourceExternalId: JSON.stringify(id) },
              ),
            },
          },
        },
      },
      { workos },
    );
    expect(textOf(await server.send(server.token(), call("edit", { id: "d1" })))).toBe("done");
    expect(workos.asked).toContain("/authorization/organization_memberships/om_01MEMBER/check");
    expect((await server.send(server.token(), call("edit"))).text).toContain("check_denied");
    workos.asked.length = 0;
    const stranger = server.token({ org_id: GLOBEX });
    expect((await server.send(stranger, call("edit", { id: "d1" }))).text).toContain(
      "check_denied",
    );
    expect(workos.asked.filter((path) => path.endsWith("/check"))).toEqual([]);
    // Whether WorkOS cannot be asked for the permission or for the membership: it is not the caller's denial.
    workos.status = 500;
    const known = await server.send(server.token(), call("edit", { id: "d1" }));
    expect([known.status, known.text]).toEqual([
      503,
      expect.stringContaining("access_unavailable"),
    ]);
    server.clock.now += 6 * 60_000;
    const late = server.token({ exp: Math.floor(server.clock.now / 1000) + 60 });
    const unknown = await server.send(late, call("edit", { id: "d1" }));
    expect([unknown.status, unknown.text]).toEqual([
      503,
      expect.stringContaining("access_unavailable"),
    ]);
    expect(server.lines.filter((line) => line.includes("check_failed:"))).toEqual([
      'warn [workos] check_failed: the check of access.tools["edit"] failed, so the call was denied: the permission doc:edit could not be asked of the WorkOS API (500)',
      'warn [workos] check_failed: the check of access.tools["edit"] failed, so the call was denied: the caller\'s membership and rights could not be had from the WorkOS API',
    ]);
    expect(server.ran).toEqual(["tools/call edit"]);
  });
});
