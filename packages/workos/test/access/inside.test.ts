import { describe, expect, it } from "vitest";
import {
  getAccess,
  getCaller,
  getSession,
  type Access,
  type Requirements,
} from "../../src/index.js";
import { ACME, ADA, call, GLOBEX, startToolServer, workosFake } from "./tool-server.js";
import { noting, thrownBy } from "./noting.js";

const textOf = (reply: { json: unknown }): unknown =>
  (reply.json as { result: { content: { text: unknown }[] } }).result.content[0]?.text;

describe("access.require()", () => {
  it("lets pass, or throws what the tool's caller may read", async () => {
    const server = await startToolServer(
      {},
      {
        tool: async () => {
          const access = await getAccess();
          access.require({ permissions: ["reports:read"] });
          access.require({ permissions: ["reports:write"] }, { name: "the draft of May" });
          return "unreachable";
        },
      },
    );
    expect(textOf(await server.send(server.token(), call("x")))).toBe(
      `You may not use the tool the draft of May: it needs the permission "reports:write". An administrator of the organization ${ACME} can give it to you, in WorkOS. Signing in again does not.`,
    );
  });

  it.each<[Requirements, string, object]>([
    [{ permissions: ["a", "reports:read"] }, "permission_missing", { permissions: ["a"] }],
    [{ role: ["admin", "lead"] }, "role_missing", { role: ["admin", "lead"] }],
    [{ featureFlags: ["other"] }, "feature_flag_off", { featureFlags: ["other"] }],
    [{ scopes: ["reports"] }, "insufficient_scope", { scopes: ["reports"] }],
    [{ organization: GLOBEX }, "organization_required", { organization: [GLOBEX] }],
    [{ caller: "application" }, "caller_not_allowed", { caller: ["application"] }],
  ])("throws an error that says what is missing of %j", async (requirements, reason, missing) => {
    const notes: unknown[] = [];
    const server = await startToolServer(
      { callers: ["user", "application"] },
      { tool: noting(notes, (access) => thrownBy(() => access.require(requirements))) },
    );
    await server.send(server.token(), call("x"));
    expect(notes).toEqual([["access_denied", reason, missing]]);
  });

  it("sends no user to choose an organization that is not there, as the map does not", async () => {
    const workos = workosFake();
    workos.memberships = {};
    const server = await startToolServer(
      {},
      {
        workos,
        tool: async () => {
          (await getAccess()).require({ organization: "required" });
        },
      },
    );
    expect(textOf(await server.send(server.token({ org_id: undefined }), call("x")))).toBe(
      "You may not use this tool: it needs an organization, and you belong to none. An administrator of an organization can invite you.",
    );
    workos.memberships[`${ADA} ${GLOBEX}`] = { roles: [] };
    server.clock.now += 61_000;
    expect(textOf(await server.send(server.token({ org_id: undefined }), call("x")))).toBe(
      "To use this tool, sign in again and choose an organization.",
    );
  });
});

describe("access.has()", () => {
  it("answers at once, by the rules of the access map", async () => {
    const workos = workosFake();
    workos.flags["beta"] = [ADA];
    const server = await startToolServer(
      {},
      {
        workos,
        tool: async () => {
          const { has } = await getAccess({ featureFlags: true });
          return [
            has({ permissions: ["reports:read"] }),
            has({ permissions: ["reports:read", "reports:write"] }),
            has({ role: ["admin", "member"] }),
            has({ role: "admin" }),
            has({ organization: [GLOBEX, ACME] }),
            has({ organization: GLOBEX }),
            has({ featureFlags: ["beta"] }),
            has({ featureFlags: ["beta", "other"] }),
            has({ scopes: ["reports"] }),
            has({ caller: "user", organization: "required", role: "member" }),
          ];
        },
      },
    );
    expect(textOf(await server.send(server.token(), call("x")))).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
      true,
      false,
      false,
      true,
    ]);
  });

  it.each([
    ["nothing", {}],
    ["nothing at all", undefined],
    ["null", null],
    ["an empty list", { role: [] }],
    ["a text", "authenticated"],
    ["a typo", { permissons: ["reports:read"] }],
    ["a typo beside what is met", { role: "member", permisions: ["x"] }],
    ["a member that is undefined", { role: "member", organization: undefined }],
    ["a list of requirements", [{ role: "member" }]],
    ["a promise", Promise.resolve({ role: "member" })],
    ["a promise of a role", { role: Promise.resolve("member") }],
    ["a check", { role: "member", check: () => true }],
    ["an alternative", { role: "member", anyOf: [{ role: "member" }] }],
    ["the old plural of role", { roles: ["member"] }],
    ["a kind of caller that the server turns away", { caller: "api-key" }],
    ["a function", () => true],
  ])("throws and never passes when it is given %s", async (_, requirements) => {
    const notes: unknown[] = [];
    const server = await startToolServer(
      {},
      {
        tool: noting(notes, (access) => [
          thrownBy(() => access.has(requirements as never)),
          thrownBy(() => access.require(requirements as never)),
        ]),
      },
    );
    await server.send(server.token(), call("x"));
    expect(notes).toEqual([
      [
        [
          "invalid_rule",
          expect.stringMatching(
            /^access\.has\(\) was given requirements that cannot work: requirements/,
          ),
        ],
        [
          "invalid_rule",
          expect.stringMatching(
            /^access\.require\(\) was given requirements that cannot work: requirements/,
          ),
        ],
      ],
    ]);
  });
});

describe("access", () => {
  it("shows what the caller is, from WorkOS where the token has nothing, while the session shows the token", async () => {
    const seen: unknown[] = [];
    const server = await startToolServer(
      {},
      {
        tool: async () => {
          const before = getSession();
          const { caller, permissions, roles, membershipId } = await getAccess();
          seen.push({ permissions, roles, membershipId });
          seen.push(caller === getCaller() || caller.id === getCaller().id);
          const { role, permissions: claimed } = getSession();
          seen.push(before === getSession(), role, claimed);
          return "";
        },
      },
    );
    await server.send(server.token(), call("x"));
    expect(seen).toEqual([
      { permissions: ["reports:read"], roles: ["member"], membershipId: "om_01MEMBER" },
      true,
      true,
      undefined,
      undefined,
    ]);
  });

  it("believes the token first", async () => {
    const notes: unknown[] = [];
    const server = await startToolServer(
      {},
      {
        tool: async () => {
          const { permissions, roles, has } = await getAccess({ featureFlags: true });
          notes.push([permissions, roles, has({ featureFlags: ["beta"] })]);
        },
      },
    );
    const claims = { permissions: ["own"], role: "admin", feature_flags: ["beta"] };
    await server.send(server.token(claims), call("x"));
    expect(notes).toEqual([[["own"], ["admin"], true]]);
    expect(server.workos.asked.filter((path) => path.includes("feature-flags"))).toEqual([]);
  });

  it("is resolved once for a request, however often the code asks", async () => {
    const server = await startToolServer(
      {},
      {
        tool: async () => {
          const [first, second] = await Promise.all([getAccess(), getAccess()]);
          return [first === second, first === (await getAccess()), Object.isFrozen(first)];
        },
      },
    );
    expect(textOf(await server.send(server.token(), call("x")))).toEqual([true, true, true]);
    expect(server.workos.asked.toSorted()).toEqual([
      `/authorization/organizations/${ACME}/roles`,
      `/user_management/organization_memberships ${ADA} ${ACME}`,
    ]);
  });

  it("resolves feature flags when it is told to, and takes no question about them otherwise", async () => {
    const workos = workosFake();
    workos.flags["beta"] = [ADA];
    const notes: unknown[] = [];
    const server = await startToolServer(
      {},
      {
        workos,
        tool: async () => {
          const plain = await getAccess();
          const asked = workos.asked.length;
          const flagged = await getAccess({ featureFlags: true });
          notes.push(
            workos.asked.slice(asked),
            flagged === (await getAccess({ featureFlags: true })),
          );
          notes.push(flagged.has({ featureFlags: ["beta"] }), plain === (await getAccess()));
          notes.push(thrownBy(() => plain.has({ featureFlags: ["beta"] })));
          throw new Error("noted");
        },
      },
    );
    // The token makes no difference, so that the mistake shows wherever the code runs first.
    await server.send(server.token(), call("x"));
    await server.send(server.token({ feature_flags: ["beta"] }), call("x"));
    const refusal = [
      "invalid_rule",
      "access.has() was given featureFlags, which are not resolved: call getAccess({ featureFlags: true })",
    ];
    expect(notes).toEqual([
      ["/sdk/feature-flags"],
      true,
      true,
      true,
      refusal,
      [],
      true,
      true,
      true,
      refusal,
    ]);
  });

  it("does not change in the middle of a request", async () => {
    const workos = workosFake();
    const server = await startToolServer(
      {},
      {
        workos,
        tool: async () => {
          const access = await getAccess();
          const before = access.has({ permissions: ["reports:read"] });
          workos.memberships = {};
          server.clock.now += 61_000;
          return [before, (await getAccess()).has({ permissions: ["reports:read"] })];
        },
      },
    );
    expect(textOf(await server.send(server.token(), call("x")))).toEqual([true, true]);
    expect(textOf(await server.send(server.token(), call("x")))).toEqual([false, false]);
  });

  it("takes silence for neither yes nor no: what depends on WorkOS throws while it cannot be asked", async () => {
    const notes: unknown[] = [];
    const server = await startToolServer(
      {},
      {
        tool: noting(notes, async (access) => {
          const on = await access.on("docs:read", { resourceId: "authz_resource_01DOC" });
          return [
            () => access.permissions,
            () => access.roles,
            () => access.membershipId,
            () => access.has({ role: "member" }),
            () => access.has({ permissions: ["reports:read"], organization: ACME }),
            () => access.has({ featureFlags: ["beta"] }),
            () => access.require({ role: "member" }),
            () => on.isAllowed,
            () => on.require(),
          ].map(thrownBy);
        }),
      },
    );
    server.workos.status = 503;
    await server.send(server.token(), call("x"));
    const unavailable = [
      "access_unavailable",
      "Whether you may use this tool cannot be found out at the moment. Try again in a few seconds.",
    ];
    expect(notes).toEqual([Array.from({ length: 9 }, () => unavailable)]);
  });

  it.each<[string, Requirements, Readonly<Record<string, unknown>>, boolean]>([
    ["an organization", { organization: ACME }, {}, true],
    ["another organization", { role: "member", organization: GLOBEX }, {}, false],
    ["another kind of caller", { permissions: ["a"], caller: "application" }, {}, false],
    ["a scope that was not granted", { role: "member", scopes: ["reports"] }, {}, false],
    ["a role in the token", { role: "admin" }, { role: "admin" }, true],
    ["a role that the token does not have", { role: "admin" }, { role: "member" }, false],
    [
      "a permission that the token does not have, beside a role that is not there",
      { role: "member", permissions: ["a"] },
      { permissions: ["b"] },
      false,
    ],
  ])(
    "answers for certain while WorkOS cannot be asked: %s",
    async (_, requirements, claims, has) => {
      const server = await startToolServer(
        { callers: ["user", "application"] },
        { tool: async () => (await getAccess()).has(requirements) },
      );
      server.workos.status = 503;
      expect(textOf(await server.send(server.token(claims), call("x")))).toBe(has);
    },
  );

  it("ends a call that would be served for want of a right, and reports it once", async () => {
    const server = await startToolServer(
      {},
      {
        tool: async () => {
          const access = await getAccess();
          if (!access.has({ permissions: ["x:blocked"] })) return "served";
          return "blocked";
        },
      },
    );
    server.workos.status = 503;
    expect(textOf(await server.send(server.token(), call("x")))).toBe(
      "Whether you may use this tool cannot be found out at the moment. Try again in a few seconds.",
    );
    expect(server.lines.filter((line) => line.includes("access_unavailable"))).toHaveLength(1);
  });

  it("cannot be used in another request, nor after its own", async () => {
    const kept: Access[] = [];
    const notes: unknown[] = [];
    const server = await startToolServer(
      {},
      {
        tool: async () => {
          kept.push(await getAccess());
          const [first] = kept;
          if (kept.length === 1) return "kept";
          notes.push(thrownBy(() => first?.has({ role: "member" })));
          throw new Error("noted");
        },
      },
    );
    await server.send(server.token(), call("x"));
    await server.send(server.token({ sub: "user_01EVE" }), call("x"));
    notes.push(
      thrownBy(() => kept[1]?.require({ role: "member" })),
      thrownBy(() => kept[1]?.on("docs:read", { resourceId: "d" })),
    );
    const closed =
      "was called after the response of its request had closed. A timer or queue that outlives its request has no session: read what you need before the tool returns and pass it along.";
    expect(notes).toEqual([
      [
        "no_session",
        "access.has() was used outside the request or check that it was resolved for. Call getAccess() in each request and call.access() in each check, and do not keep what they return.",
      ],
      ["no_session", `access.require() ${closed}`],
      ["no_session", `access.on() ${closed}`],
    ]);
  });

  it("is refused outside a request, at once and not by a promise that nothing awaits", () => {
    expect(() => getAccess()).toThrow("getAccess() was called outside an authenticated request.");
  });
});
