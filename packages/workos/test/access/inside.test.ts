import { describe, expect, it } from "vitest";
import {
  getPermissions,
  getSession,
  hasAccess,
  requireAccess,
  type Rule,
  type WorkOSAuthError,
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
            codes.push((error as WorkOSAuthError).code);
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

  it("requireAccess() sends nobody to choose an organization that is not there, as the map does not", async () => {
    const workos = workosFake();
    workos.memberships = {};
    const desk = await startDesk(
      {},
      { workos, tool: async () => requireAccess({ organization: "required" }) },
    );
    expect(textOf(await desk.send(desk.token({ org_id: undefined }), call("x")))).toBe(
      "You may not use this tool: it needs an organization, and you belong to none. An administrator of an organization can invite you.",
    );
    workos.memberships[`${ADA} ${GLOBEX}`] = { roles: [] };
    desk.clock.now += 61_000;
    expect(textOf(await desk.send(desk.token({ org_id: undefined }), call("x")))).toBe(
      "To use this tool, sign in again and choose an organization.",
    );
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
            hasAccess({ anyOf: [{ role: "admin" }, { role: "member" }] }),
            hasAccess({ organization: GLOBEX }),
            hasAccess(
              { check: ({ caller, arguments: { of } }) => caller.id === of },
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
      { access: { tools: { "*": { role: "member" } } } },
      { tool: () => Promise.resolve(getSession().permissions) },
    );
    expect(textOf(await desk.send(desk.token(), call("x")))).toEqual(["reports:read"]);
  });

  it("WorkOS that cannot be asked permits nothing", async () => {
    const codes: unknown[] = [];
    const note = (error: unknown): void => void codes.push((error as WorkOSAuthError).code);
    const desk = await startDesk(
      {},
      {
        tool: async () => {
          await getPermissions().catch(note);
          await requireAccess({ role: "member" }).catch(note);
          return hasAccess({ role: "member" });
        },
      },
    );
    desk.workos.status = 503;
    expect(textOf(await desk.send(desk.token(), call("x")))).toBe(false);
    expect(codes).toEqual(["access_unavailable", "access_unavailable"]);
  });

  it.each([
    [{}],
    [{ role: [] }],
    [{ roles: ["member"] }],
    [[{ role: "member" }]],
    ["anybody"],
    [{ caller: "api-key" }],
    [{ role: "member", organization: undefined }],
  ])("the rule %j cannot work, and the programmer hears it", async (rule) => {
    const desk = await startDesk({}, { tool: () => requireAccess(rule as Rule).then(() => "") });
    expect(textOf(await desk.send(desk.token(), call("x")))).toMatch(
      /^requireAccess\(\) was given a rule that cannot work: rule/,
    );
  });

  it("a value that is not set makes a rule that cannot work, whoever asks", async () => {
    const errors: unknown[] = [];
    const rule = { role: "member", organization: process.env["NOT_SET_ANYWHERE"] } as Rule;
    const note = (error: unknown): void => {
      const { code, message } = error as WorkOSAuthError;
      errors.push([code, message]);
    };
    const desk = await startDesk(
      {},
      {
        tool: () =>
          requireAccess(rule)
            .catch(note)
            .then(() => hasAccess(rule))
            .catch(note),
      },
    );
    await desk.send(desk.token(), call("x"));
    const problem =
      "was given a rule that cannot work: rule.organization is undefined; leave it out, or is a variable not set?";
    expect(errors).toEqual([
      ["invalid_rule", `requireAccess() ${problem}`],
      ["invalid_rule", `hasAccess() ${problem}`],
    ]);
  });

  it("outside a request there is nobody to judge", async () => {
    await expect(requireAccess("authenticated")).rejects.toMatchObject({ code: "no_session" });
    await expect(hasAccess("authenticated")).rejects.toMatchObject({ code: "no_session" });
    await expect(getPermissions()).rejects.toMatchObject({ code: "no_session" });
  });
});

describe("what a tool's own rules are asked with", () => {
  it("the membership's ID, the caller and the arguments reach the check", async () => {
    const seen: unknown[] = [];
    const rule: Rule = {
      check: async ({ caller, kind, name, arguments: args, membershipId }) => {
        seen.push([caller.id, kind, name, args, await membershipId()]);
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
          await hasAccess({ organization: "required" });
          const before = getSession().permissions;
          await hasAccess({ role: "admin" });
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
          await hasAccess({ role: "admin" });
          const { permissions, roles } = getSession();
          const note = (error: unknown): void => {
            const { code, message } = error as WorkOSAuthError;
            errors.push([code, message]);
          };
          await getPermissions().catch(note);
          await requireAccess({ permissions: [], role: 7, check: 1 } as never).catch(note);
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
        "requireAccess() was given a rule that cannot work: rule.permissions must be a list of permission slugs, with at least one; " +
          "rule.role must be a role slug, or a list of them of which any will do; " +
          "rule.check must be a function",
      ],
    ]);
    await expect(getPermissions()).rejects.toThrow("getPermissions()");
  });
});
