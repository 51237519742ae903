import { describe, expect, it } from "vitest";
import {
  getPermissions,
  getSession,
  hasAccess,
  hasPermissionOn,
  requireAccess,
  type Rule,
  type WorkOSPluginError,
} from "../../src/index.js";
import { ACME, ADA, call, GLOBEX, startDesk, workosFake } from "./desk.js";

const textOf = (reply: { json: unknown }): unknown =>
  (reply.json as { result: { content: { text: unknown }[] } }).result.content[0]?.text;

describe("inside a tool", () => {
  it("requireAccess() lets pass, or throws what the tool's caller may read", async () => {
    const codes: unknown[] = [];
    const desk = await startDesk(
      {},
      {
        tool: async () => {
          await requireAccess({ permissions: ["reports:read"] });
          try {
            await requireAccess({ permissions: ["reports:write"] }, { name: "the draft of May" });
          } catch (error) {
            codes.push((error as WorkOSPluginError).code);
            throw error;
          }
          return "unreachable";
        },
      },
    );
    expect(textOf(await desk.send(desk.token(), call("x")))).toBe(
      `You may not use the tool the draft of May: it needs the permission "reports:write". An administrator of the organization ${ACME} can give it to you, in WorkOS. Signing in again does not.`,
    );
    expect(codes).toEqual(["access_denied"]);
  });

  it("hasAccess() asks the same", async () => {
    const desk = await startDesk(
      {},
      {
        tool: async () =>
          Promise.all([
            hasAccess("authenticated"),
            hasAccess({ permissions: ["reports:read"] }),
            hasAccess({ permissions: ["reports:write"] }),
            hasAccess([{ roles: ["admin"] }, { roles: ["member"] }]),
            hasAccess({ organization: GLOBEX }),
            hasAccess(
              { check: ({ userId }, { arguments: { of } }) => userId === of },
              { arguments: { of: ADA } },
            ),
            hasAccess({ check: () => Promise.reject(new Error("no")) }),
            hasAccess({ check: () => "yes" as never }),
          ]),
      },
    );
    expect(textOf(await desk.send(desk.token(), call("x")))).toEqual([
      true,
      true,
      false,
      true,
      false,
      true,
      false,
      false,
    ]);
    expect(desk.lines.at(-1)).toBe(
      "warn [workos] check_failed: the check of hasAccess() threw, so the call was denied: no",
    );
  });

  it("getPermissions() asks WorkOS, and the session shows them from then on", async () => {
    const seen: unknown[] = [];
    const desk = await startDesk(
      {},
      {
        tool: async () => {
          seen.push(getSession().permissions, getSession().role);
          seen.push(
            await getPermissions(),
            getSession().permissions,
            getSession().role,
            getSession().roles,
          );
          return "";
        },
      },
    );
    await desk.send(desk.token(), call("x"));
    expect(seen).toEqual([
      undefined,
      undefined,
      ["reports:read"],
      ["reports:read"],
      "member",
      ["member"],
    ]);
  });

  it("claims come first, and then nobody is asked", async () => {
    const desk = await startDesk({}, { tool: () => getPermissions() });
    const token = desk.token({ permissions: ["own"], role: "admin" });
    expect(textOf(await desk.send(token, call("x")))).toEqual(["own"]);
    expect(desk.workos.asked).toEqual([]);
  });

  it("a session shows what a rule of the map needed, before the tool runs", async () => {
    const desk = await startDesk(
      { access: { tools: { "*": { roles: ["member"] } } } },
      { tool: () => Promise.resolve(getSession().permissions) },
    );
    expect(textOf(await desk.send(desk.token(), call("x")))).toEqual(["reports:read"]);
  });

  it("WorkOS that cannot be asked permits nothing", async () => {
    const codes: unknown[] = [];
    const note = (error: unknown): void => void codes.push((error as WorkOSPluginError).code);
    const desk = await startDesk(
      {},
      {
        tool: async () => {
          await getPermissions().catch(note);
          await requireAccess({ roles: ["member"] }).catch(note);
          return hasAccess({ roles: ["member"] });
        },
      },
    );
    desk.workos.status = 503;
    expect(textOf(await desk.send(desk.token(), call("x")))).toBe(false);
    expect(codes).toEqual(["access_unavailable", "access_unavailable"]);
  });

  it.each([[{}], [{ roles: [] }], ["anybody"], [{ callers: ["api-key"] }]])(
    "the rule %j cannot work, and the programmer hears it",
    async (rule) => {
      const desk = await startDesk({}, { tool: () => requireAccess(rule as Rule).then(() => "") });
      expect(textOf(await desk.send(desk.token(), call("x")))).toMatch(
        /^requireAccess\(\) was given a rule that cannot work: rule/,
      );
    },
  );

  it("outside a request there is nobody to judge", async () => {
    await expect(requireAccess("authenticated")).rejects.toMatchObject({ code: "no_session" });
    await expect(hasAccess("authenticated")).rejects.toMatchObject({ code: "no_session" });
    await expect(getPermissions()).rejects.toMatchObject({ code: "no_session" });
  });
});

describe("a check", () => {
  it("gets the session, a copy of the arguments, the client and the membership", async () => {
    const seen: unknown[] = [];
    const desk = await startDesk(
      {
        access: {
          tools: {
            x: {
              check: async (session, given) => {
                seen.push(session.userId, given.kind, given.name, given.arguments);
                seen.push(typeof given.workos.userManagement.getUser, await given.membershipId());
                (given.arguments as Record<string, unknown>)["amount"] = 1;
                return true;
              },
            },
          },
          resources: {
            "docs://*": { check: (_session, { kind, name }) => seen.push(kind, name) > 0 },
          },
        },
      },
      { tool: () => Promise.resolve("ran") },
    );
    const message = call("x", { amount: 500, deep: { a: [1] } });
    expect(textOf(await desk.send(desk.token(), message))).toBe("ran");
    await desk.send(desk.token(), {
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

  it("that throws, hangs on a truthy value or says no denies, each with its reason", async () => {
    const desk = await startDesk({
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
        (await desk.send(desk.token(), call(name))).json as {
          result: { _meta: Record<string, { reason: string }> };
        }
      ).result._meta["xmcp.dev/access-denied"]?.reason;
    expect(await reasonOf("throws")).toBe("check_failed");
    expect(await reasonOf("rejects")).toBe("check_failed");
    expect(await reasonOf("truthy")).toBe("check_denied");
    expect(await reasonOf("no")).toBe("check_denied");
    expect(desk.ran).toEqual([]);
    expect(desk.lines.filter((line) => line.includes("check_failed:"))).toEqual([
      'warn [workos] check_failed: the check of access.tools["throws"] threw, so the call was denied: the database is away',
      'warn [workos] check_failed: the check of access.tools["rejects"] threw, so the call was denied: late',
    ]);
  });

  it("is asked only when the rest of its rule is met, and not at all when an alternative is", async () => {
    let asked = 0;
    const check = (): boolean => {
      asked += 1;
      return false;
    };
    const desk = await startDesk({
      access: {
        tools: { rest: { roles: ["admin"], check }, either: [{ check }, { roles: ["member"] }] },
      },
    });
    expect((await desk.send(desk.token(), call("rest"))).text).toContain("role_missing");
    expect(textOf(await desk.send(desk.token(), call("either")))).toBe("done");
    expect(asked).toBe(0);
  });

  it("is not asked for a list, nor for a machine", async () => {
    const desk = await startDesk({
      callers: ["user", "application"],
      access: { tools: { secret: { check: () => false } } },
    });
    const list = await desk.send(desk.token(), { jsonrpc: "2.0", id: 1, method: "tools/list" });
    expect(list.text).toContain('"secret"');
    const machine = desk.token({
      sub: "client_01M2M",
      client_id: "client_01M2M",
      aud: "client_01TESTENVIRONMENT",
      sid: undefined,
    });
    expect((await desk.send(machine, call("secret"))).text).toContain("caller_not_allowed");
  });

  it("by FGA asks about the resource of the call, and denies a stranger without asking", async () => {
    const workos = workosFake();
    const desk = await startDesk(
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
    expect(textOf(await desk.send(desk.token(), call("edit", { id: "d1" })))).toBe("done");
    expect(workos.asked).toContain("/authorization/organization_memberships/om_01MEMBER/check");
    expect((await desk.send(desk.token(), call("edit"))).text).toContain("check_denied");
    workos.asked.length = 0;
    const stranger = desk.token({ org_id: GLOBEX });
    expect((await desk.send(stranger, call("edit", { id: "d1" }))).text).toContain("check_denied");
    expect(workos.asked.filter((path) => path.endsWith("/check"))).toEqual([]);
    workos.status = 500;
    desk.clock.now += 6 * 60_000;
    const late = desk.token({ exp: Math.floor(desk.clock.now / 1000) + 60 });
    expect((await desk.send(late, call("edit", { id: "d1" }))).text).toContain("check_failed");
  });
});

describe("what a tool's own rules are asked with", () => {
  it("the membership's ID, the session and the arguments reach the check", async () => {
    const seen: unknown[] = [];
    const rule: Rule = {
      check: async ({ userId }, { kind, name, arguments: args, membershipId }) => {
        seen.push([userId, kind, name, args, await membershipId()]);
        return true;
      },
    };
    const desk = await startDesk(
      {},
      { tool: () => requireAccess(rule, { name: "the draft" }).then(() => hasAccess(rule)) },
    );
    expect(textOf(await desk.send(desk.token(), call("x")))).toBe(true);
    expect(seen).toEqual([
      [ADA, "tool", "the draft", {}, "om_01MEMBER"],
      [ADA, "tool", "", {}, "om_01MEMBER"],
    ]);
  });

  it("is shown by the session only as far as it was asked for", async () => {
    const workos = workosFake();
    const desk = await startDesk(
      {},
      {
        workos,
        tool: async () => {
          await hasAccess({ organization: "some" });
          const before = getSession().permissions;
          await hasAccess({ roles: ["admin"] });
          return [before ?? null, getSession().permissions, getSession().roles];
        },
      },
    );
    expect(textOf(await desk.send(desk.token(), call("x")))).toEqual([
      null,
      ["reports:read"],
      ["member"],
    ]);
  });

  it("nothing is learned while WorkOS is silent, and getPermissions() says to try again", async () => {
    const workos = workosFake();
    workos.status = 500;
    const errors: unknown[] = [];
    const desk = await startDesk(
      {},
      {
        workos,
        tool: async () => {
          await hasAccess({ roles: ["admin"] });
          const { permissions, roles } = getSession();
          const note = (error: unknown): void => {
            const { code, message } = error as WorkOSPluginError;
            errors.push([code, message]);
          };
          await getPermissions().catch(note);
          await requireAccess({ permissions: [], roles: 7, check: 1 } as never).catch(note);
          return [permissions ?? null, roles ?? null];
        },
      },
    );
    expect(textOf(await desk.send(desk.token(), call("x")))).toEqual([null, null]);
    expect(errors).toEqual([
      [
        "access_unavailable",
        "The caller's permissions could not be had from the WorkOS API. Nothing is permitted until they are; try again.",
      ],
      [
        "invalid_rule",
        "requireAccess() was given a rule that cannot work: rule.check must be a function; " +
          "rule.permissions must be a list of permission slugs, with at least one; " +
          "rule.roles must be a list of role slugs, with at least one",
      ],
    ]);
    await expect(getPermissions()).rejects.toThrow("getPermissions()");
  });
});
