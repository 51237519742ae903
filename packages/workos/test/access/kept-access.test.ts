import { describe, expect, it } from "vitest";
import { getAccess, type Access, type Call, type ResourceAccess } from "../../src/index.js";
import { call, startToolServer } from "./tool-server.js";
import { thrownBy } from "./noting.js";

const EVE = { sub: "user_01EVE" };
const RESOURCE = { resourceId: "authz_resource_01DOC" };

interface Kept {
  readonly access: Access;
  readonly answer: ResourceAccess;
}

const uses: readonly (readonly [string, (kept: Kept) => unknown])[] = [
  ["access.caller", ({ access }) => access.caller],
  ["access.permissions", ({ access }) => access.permissions],
  ["access.roles", ({ access }) => access.roles],
  ["access.membershipId", ({ access }) => access.membershipId],
  ["access.has()", ({ access }) => access.has({ role: "member" })],
  ["access.require()", ({ access }) => access.require({ role: "member" })],
  ["access.on()", ({ access }) => access.on("docs:read", RESOURCE)],
  ["isAllowed", ({ answer }) => answer.isAllowed],
  ["require()", ({ answer }) => answer.require()],
];

const elsewhere = (used: string): unknown => [
  "no_session",
  `${used} was used outside the request or check that it was resolved for. Call getAccess() in each request and call.access() in each check, and do not keep what they return.`,
];

describe("what getAccess() gave one caller", () => {
  it.each(uses)("does not answer another, then or at the same time: %s", async (used, use) => {
    const { promise: isDone, resolve: done } = Promise.withResolvers<void>();
    const { promise: isKept, resolve: keep } = Promise.withResolvers<Kept>();
    const notes: unknown[] = [];
    let cached: Promise<Kept> | undefined;
    const server = await startToolServer(
      {},
      {
        tool: async () => {
          if (cached !== undefined) {
            const kept = await cached;
            notes.push(thrownBy(() => use(kept)));
            return "obeyed not";
          }
          cached = isKept;
          const access = await getAccess();
          const answer = await access.on("docs:read", RESOURCE);
          keep({ access, answer });
          await isDone;
          return String(answer.isAllowed);
        },
      },
    );
    const first = server.send(server.token(), call("x"));
    await isKept;
    const same = await server.send(server.token(EVE), call("x"));
    done();
    // Whose code threw has its answer withheld, and no other.
    expect([same.status, (await first).status]).toEqual([500, 200]);
    await server.send(server.token(EVE), call("x"));
    expect(notes).toEqual([elsewhere(used), elsewhere(used)]);
  });

  it.each(uses)(
    "does not answer outside a request while its own is open: %s",
    async (used, use) => {
      const { promise: isDone, resolve: done } = Promise.withResolvers<void>();
      const { promise: isKept, resolve: keep } = Promise.withResolvers<Kept>();
      const server = await startToolServer(
        {},
        {
          tool: async () => {
            const access = await getAccess();
            keep({ access, answer: await access.on("docs:read", RESOURCE) });
            await isDone;
            throw new Error("done");
          },
        },
      );
      const asked = server.send(server.token(), call("x"));
      const kept = await isKept;
      expect(thrownBy(() => use(kept))).toEqual(elsewhere(used));
      done();
      await asked;
    },
  );
});

describe("what a check got for one caller", () => {
  it.each<readonly [string, (kept: Kept & { readonly call: Call }) => unknown]>([
    ...uses,
    ["call.access()", ({ call: { access } }) => access()],
    ["call.access", (kept) => kept.call.access],
    ["call.caller", (kept) => kept.call.caller],
    ["call.workos", (kept) => kept.call.workos],
    ["call.arguments", (kept) => kept.call.arguments],
  ])("does not answer another, then or at the same time: %s", async (used, use) => {
    const { promise: isDone, resolve: done } = Promise.withResolvers<void>();
    const { promise: isKept, resolve: keep } = Promise.withResolvers<Kept & { call: Call }>();
    const notes: unknown[] = [];
    let isFirst = true;
    const server = await startToolServer({
      access: {
        tools: {
          x: {
            check: async (given) => {
              if (!isFirst) {
                const kept = await isKept;
                notes.push(thrownBy(() => use(kept)));
                return true;
              }
              isFirst = false;
              const access = await given.access();
              const answer = await access.on("docs:read", RESOURCE);
              const own = given.access;
              keep({
                access,
                answer,
                call: used === "call.access()" ? { ...given, access: own } : given,
              });
              await isDone;
              return answer.isAllowed;
            },
          },
        },
      },
    });
    const first = server.send(server.token(), call("x"));
    await isKept;
    await server.send(server.token(EVE), call("x"));
    done();
    await first;
    await server.send(server.token(EVE), call("x"));
    expect(notes).toEqual([elsewhere(used), elsewhere(used)]);
    expect(server.ran).toEqual(["tools/call x"]);
  });
});
