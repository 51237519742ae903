import { getAccess } from "../../src/index.js";
import type { Tool } from "../mcp-server.js";
import { ACME, DOC, SECRET } from "./serve-tools.js";

const guard = async (): Promise<void> => {
  const access = await getAccess();
  access.require({ permissions: ["secrets:read"] });
};

/** Programs that answer before they know, or although they know better. */
export const MISUSES: Readonly<Record<string, readonly [tool: Tool, cause: RegExp]>> = {
  "a then() that is not awaited": [
    () => {
      void getAccess().then((access) => access.require({ permissions: ["secrets:read"] }));
      return SECRET;
    },
    /^tool leak: the answer began before getAccess\(\) had resolved: an await is missing/,
  ],
  "a guarding function that is not awaited": [
    () => {
      // Its rejection is caught here so that the test's own process goes on.
      guard().catch(() => undefined);
      return SECRET;
    },
    /an await is missing, before getAccess\(\) or before the function that calls it$/,
  ],
  "a guarding function that is not awaited, in a tool that waits for something else": [
    async () => {
      guard().catch(() => undefined);
      await getAccess();
      return SECRET;
    },
    /^tool leak: access\.require\(\) or access\.has\(\) threw, and the answer is a success all the same/,
  ],
  "a then() that is not awaited, in a tool that waits for something else": [
    async () => {
      void getAccess().then((access) => access.require({ role: "admin" }));
      await getAccess();
      return SECRET;
    },
    /threw, and the answer is a success/,
  ],
  "getAccess() alone": [
    () => {
      void getAccess();
      return SECRET;
    },
    /before getAccess\(\) had resolved/,
  ],
  "a denial that is caught": [
    async () => {
      try {
        (await getAccess()).require({ role: "admin" });
      } catch {
        // Swallowed.
      }
      return SECRET;
    },
    /threw, and the answer is a success/,
  ],
  "requirements with a typo, whose error is caught": [
    async () => {
      const access = await getAccess();
      try {
        access.has({ permissons: ["secrets:read"] } as never);
      } catch {
        // Swallowed.
      }
      return SECRET;
    },
    /threw, and the answer is a success/,
  ],
  "access.on() as a condition": [
    async () => {
      const access = await getAccess();
      if (access.on("docs:read", DOC) as unknown) return SECRET;
      return "no";
    },
    /before access\.on\(\) had resolved: an await is missing/,
  ],
  "access.on() as a negated condition": [
    async () => {
      const access = await getAccess();
      if (!(access.on("docs:read", DOC) as unknown)) throw new Error("no");
      return SECRET;
    },
    /before access\.on\(\) had resolved/,
  ],
  "access.on() whose promise is never looked at, in a tool that waits for something else": [
    async () => {
      const access = await getAccess();
      void access.on("docs:read", DOC);
      await getAccess();
      return SECRET;
    },
    /before access\.on\(\) had resolved/,
  ],
  "access.on() with a then() that is not awaited": [
    async () => {
      const access = await getAccess();
      void access.on("docs:read", DOC).then((on) => on.require());
      return SECRET;
    },
    /before access\.on\(\) had resolved/,
  ],
  "what access.on() answers as a condition": [
    async () => {
      const access = await getAccess();
      if (await access.on("docs:read", DOC)) return SECRET;
      return "no";
    },
    /^tool leak: access\.on\(\) was awaited and its answer not used/,
  ],
};

/** Programs that are right, and what they answer. */
export const USES: Readonly<Record<string, readonly [tool: Tool, isError: boolean, text: string]>> =
  {
    "a denial that leaves the tool": [
      async () => {
        await guard();
        return SECRET;
      },
      true,
      `You may not use this tool: it needs the permission "secrets:read". An administrator of the organization ${ACME} can give it to you, in WorkOS. Signing in again does not.`,
    ],
    "a question, and another way": [
      async () => ((await getAccess()).has({ role: "admin" }) ? SECRET : "the rest"),
      false,
      "the rest",
    ],
    "a requirement that is met": [
      async () => {
        (await getAccess()).require({ role: "member", organization: ACME });
        return SECRET;
      },
      false,
      SECRET,
    ],
    "work at the same time that fails before access is known": [
      async () => {
        await Promise.all([getAccess(), Promise.reject(new Error("the database is gone"))]);
        return SECRET;
      },
      true,
      "the database is gone",
    ],
    "several answers of access.on(), of which one decides": [
      async () => {
        const access = await getAccess();
        const on = await Promise.all([access.on("docs:read", DOC), access.on("docs:edit", DOC)]);
        return on.every(({ isAllowed }) => isAllowed) ? SECRET : "the rest";
      },
      false,
      "the rest",
    ],
    "a requirement on a resource": [
      async () => {
        (await (await getAccess()).on("docs:read", DOC)).require();
        return SECRET;
      },
      true,
      `You may not use this tool: it needs the permission "docs:read". An administrator of the organization ${ACME} can give it to you, in WorkOS. Signing in again does not.`,
    ],
  };
