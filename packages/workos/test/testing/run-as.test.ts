import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  findCaller,
  getAccess,
  getCaller,
  getClient,
  getSession,
  getUser,
  type AccessDeniedError,
  type WorkOS,
} from "../../src/index.js";
import { runAs, type Persona } from "../../src/testing.js";
import { ACME, SECRET } from "../access/serve-tools.js";
import { pathOf, PROGRAMS } from "../misuse/programs.js";
import { LEAD, ORGANIZATION, pathsOf, thrownBy } from "./runs.js";

describe("the session of a run", () => {
  it("is the persona's, for a tool that is synchronous and for one that is not", async () => {
    const whoAmI = (): unknown[] => [
      getSession().userId,
      getSession().organizationId,
      getSession().scopes,
      getCaller().kind,
      findCaller()?.id,
    ];
    const lead = ["user_01GRACE", "org_01ACME", ["tickets"], "user", "user_01GRACE"];
    expect(runAs(LEAD, whoAmI)).toEqual(lead);
    expect(
      await runAs(LEAD, async () => {
        await sleep(1);
        return whoAmI();
      }),
    ).toEqual(lead);
  });

  it("has roles and permissions only as claims, as tokens of AuthKit have them", () => {
    const read = (): unknown => {
      const { role, roles, permissions, expiresAt, claims } = getSession();
      return [role, roles, permissions, expiresAt > new Date(), claims["team"]];
    };
    expect(runAs(LEAD, read)).toEqual([undefined, undefined, undefined, true, undefined]);
    const claims = { role: "lead", permissions: ["notes:read"], team: "desk" };
    expect(runAs({ ...LEAD, claims }, read)).toEqual([
      "lead",
      ["lead"],
      ["notes:read"],
      true,
      "desk",
    ]);
  });

  it("is over when the tool is, and there is none outside", async () => {
    const closed = { code: "no_session" };
    let later: Promise<unknown> | undefined;
    runAs(LEAD, () => {
      later = sleep(1).then(() => thrownBy(getSession));
    });
    expect(await later).toMatchObject(closed);
    expect(await thrownBy(getSession)).toMatchObject(closed);
    const access = await runAs(LEAD, () => getAccess());
    expect(await thrownBy(() => access.has({ role: "lead" }))).toMatchObject(closed);
  });

  it("is not mixed with another one's, nested or at the same time", async () => {
    const idAfter = async (milliseconds: number): Promise<string> => {
      await sleep(milliseconds);
      return getCaller().id;
    };
    const ada: Persona = { id: "user_01ADA" };
    expect(
      await Promise.all([runAs(LEAD, () => idAfter(4)), runAs(ada, () => idAfter(2))]),
    ).toEqual(["user_01GRACE", "user_01ADA"]);
    const nested = await runAs(LEAD, async () => [
      await runAs(ada, () => idAfter(1)),
      getCaller().id,
    ]);
    expect(nested).toEqual(["user_01ADA", "user_01GRACE"]);
    const mixed = runAs(LEAD, async () => {
      const access = await getAccess();
      return runAs(ada, () => access.has({ role: "lead" }));
    });
    expect(await thrownBy(() => mixed)).toMatchObject({ code: "no_session" });
  });

  it("knows machines, which have no session", async () => {
    const key: Persona = { kind: "api-key", organizationId: ORGANIZATION, permissions: ["a"] };
    const machine: Persona = { kind: "application", id: "client_01", permissions: ["a"] };
    for (const [persona, expected] of [
      [key, ["api-key", "api_key_EXAMPLE", ORGANIZATION, ["a"]]],
      [machine, ["application", "client_01", undefined, ["a"]]],
    ] as const) {
      const described = await runAs(persona, async () => {
        const { permissions, caller } = await getAccess();
        return [caller.kind, getCaller().id, caller.organizationId, permissions];
      });
      expect(described).toEqual(expected);
      expect(await thrownBy(() => runAs(persona, getSession))).toMatchObject({
        code: "not_a_user",
      });
      expect(await thrownBy(() => runAs(persona, getUser))).toMatchObject({ code: "not_a_user" });
    }
  });

  it("begins a lazy promise inside", async () => {
    const query = {
      // oxlint-disable-next-line unicorn/no-thenable -- as query builders do
      then: (resolve: (id: string) => void) => {
        resolve(getCaller().id);
      },
    };
    expect(await runAs(LEAD, () => query)).toBe("user_01GRACE");
  });
});

describe("the access of a run", () => {
  it.each([
    [{ role: "lead" }, true],
    [{ role: "admin" }, false],
    [{ permissions: ["notes:read"] }, true],
    [{ permissions: ["notes:read", "notes:write"] }, false],
    [{ featureFlags: ["summaries"] }, true],
    [{ featureFlags: ["others"] }, false],
    [{ scopes: ["tickets"] }, true],
    [{ scopes: ["mail"] }, false],
    [{ organization: "required" }, true],
    [{ organization: "org_01GLOBEX" }, false],
    [{ caller: "user" }, true],
    [{ caller: "api-key" }, false],
  ] as const)("answers %j with %s", async (requirements, isMet) => {
    const answer = await runAs(LEAD, async () =>
      (await getAccess({ featureFlags: true })).has(requirements as never),
    );
    expect(answer).toBe(isMet);
  });

  it("denies in the words that the caller reads", async () => {
    const refund = async (): Promise<string> => {
      (await getAccess()).require({ permissions: ["refunds:create"] }, { name: "refund" });
      return "refunded";
    };
    const error = (await thrownBy(() => runAs(LEAD, refund))) as AccessDeniedError;
    expect([error.code, error.reason, error.missing, error.message]).toEqual([
      "access_denied",
      "permission_missing",
      { permissions: ["refunds:create"] },
      'You may not use the tool refund: it needs the permission "refunds:create". An administrator of the organization org_01ACME can give it to you, in WorkOS. Signing in again does not.',
    ]);
  });

  it("has the persona's permissions on resources, by either name of them", async () => {
    const named = { resourceTypeSlug: "folder", resourceExternalId: "f1" };
    const persona: Persona = {
      organizationId: ORGANIZATION,
      permissionsOn: [
        { resourceId: "r1", permissions: ["edit"] },
        { ...named, permissions: ["view"] },
      ],
    };
    const answers = await runAs(persona, async () => {
      const { on } = await getAccess();
      const asked = await Promise.all([
        on("edit", { resourceId: "r1" }),
        on("view", { resourceId: "r1" }),
        on("edit", { resourceId: "r2" }),
        on("view", named),
        on("view", { ...named, resourceExternalId: "f2" }),
      ]);
      return asked.map(({ isAllowed }) => isAllowed);
    });
    expect(answers).toEqual([true, false, false, true, false]);
  });
});

describe("a run of a tool that does not wait for or obey its access", () => {
  const persona: Persona = {
    organizationId: ACME,
    roles: ["member"],
    permissionsOn: [],
  };
  /** What it asks of a tool there is of {@link PROGRAMS}; those of an outage need WorkOS. */
  const programs = Object.entries(PROGRAMS).flatMap(([name, [, expected]]) =>
    /^1(?!.*outage)/.test(name) && "answer" in expected ? [[name, expected] as const] : [],
  );

  it.each(programs)("comes to the same as behind a guard: %s", async (name, expected) => {
    const { default: tool } = (await import(pathOf(name))) as { default: () => unknown };
    const [run] = await Promise.allSettled([
      Promise.resolve().then(() => runAs(persona, () => tool())),
    ]);
    const error = run.status === "rejected" ? (run.reason as Error & { code?: string }) : undefined;
    const isWithheld = expected.answer === "answer_withheld";
    const [, cause = "none"] = expected.log.at(-1)?.split("tool secrets: ") ?? [];
    const answer: unknown = error?.message ?? Reflect.get(run, "value");
    expect({
      isError: error !== undefined,
      isWithheld: error?.code === "answer_withheld",
      answer: isWithheld && String(answer).includes(cause) ? "answer_withheld" : answer,
    }).toEqual({ isError: expected.isError, isWithheld, answer: expected.answer });
  });

  it("passes a result that says that it is an error", async () => {
    const result = { isError: true, content: [] };
    const caught = runAs(persona, async () => {
      const denied = await thrownBy(async () => (await getAccess()).require({ role: "admin" }));
      return denied === undefined ? { content: [] } : result;
    });
    expect(await caught).toBe(result);
  });

  it.each<readonly [string, () => Promise<void>]>([
    [
      "the denial",
      async () => {
        const access = await getAccess();
        setTimeout(() => void thrownBy(() => access.require({ role: "admin" })));
      },
    ],
    [
      "the question",
      async () => {
        setTimeout(() => void thrownBy(async () => (await getAccess()).require({ role: "admin" })));
      },
    ],
  ])("rejects, handled by no code, when %s comes after the end", async (_, ask) => {
    const rejections: unknown[] = [];
    const others = process.listeners("unhandledRejection");
    const listen = (error: unknown): void => void rejections.push(error);
    process.removeAllListeners("unhandledRejection").on("unhandledRejection", listen);
    onTestFinished(() => {
      process.removeListener("unhandledRejection", listen);
      for (const other of others) process.on("unhandledRejection", other);
    });
    const answer = await runAs(persona, async () => {
      await ask();
      return SECRET;
    });
    expect(answer).toBe(SECRET);
    await vi.waitFor(() => {
      expect(rejections).toMatchObject([{ code: "denied_too_late" }]);
    });
  });
});

describe("what a run asks WorkOS", () => {
  it("is the persona's profile, frozen", async () => {
    const persona: Persona = { ...LEAD, user: { email: "grace@acme.test", firstName: "Grace" } };
    const user = await runAs(persona, () => getUser());
    expect(user).toMatchObject({
      object: "user",
      id: "user_01GRACE",
      email: "grace@acme.test",
      firstName: "Grace",
      lastName: null,
      emailVerified: false,
    });
    expect(Object.isFrozen(user)).toBe(true);
    expect(
      await runAs(persona, async () => (await getClient().userManagement.getUser("x")).email),
    ).toBe("grace@acme.test");
  });

  it("is answered by the persona's client, part or whole", async () => {
    const getOrganization = vi.fn<(id: string) => Promise<object>>(async (id) => ({
      id,
      name: "Acme",
    }));
    const nameOf = async (): Promise<string> =>
      (await getClient().organizations.getOrganization("org_01ACME")).name;
    expect(await runAs({ workos: { organizations: { getOrganization } } }, nameOf)).toBe("Acme");
    expect(getOrganization.mock.calls).toEqual([["org_01ACME"]]);

    class Organizations {
      readonly #name = "Acme of a client";
      getOrganization(): Promise<{ name: string }> {
        return Promise.resolve({ name: this.#name });
      }
    }
    const workos = { organizations: new Organizations() } as unknown as WorkOS;
    expect(await runAs({ workos }, nameOf)).toBe("Acme of a client");
  });

  it.each<[string, Persona, () => unknown, string, string]>([
    ["getUser()", {}, () => getUser(), "persona.user", "getUser() was called: give"],
    [
      "getClient()",
      {},
      () => getClient().organizations.getOrganization("org_01ACME"),
      "persona.workos.organizations.getOrganization",
      "give a function in its place, or a client of the emulator as persona.workos",
    ],
    [
      "access.on()",
      { organizationId: ORGANIZATION },
      async () =>
        (await (await getAccess()).on("edit", { resourceId: "authz_resource_01DOC" })).isAllowed,
      "persona.permissionsOn",
      "access.on() was called: give a list",
    ],
  ])(
    "fails the run where the persona has no answer to %s",
    async (_, persona, tool, path, cure) => {
      const error = await thrownBy(() => runAs(persona, tool));
      expect(pathsOf(error)).toEqual(["invalid_configuration", [path]]);
      expect((error as Error).message).toContain(cure);
      const caught = await thrownBy(() => runAs(persona, () => thrownBy(tool)));
      expect(pathsOf(caught)).toEqual(["invalid_configuration", [path]]);
    },
  );
});
