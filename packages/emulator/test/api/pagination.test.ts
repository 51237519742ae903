import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEmulator, defaultSeed } from "../../src/index.js";
import { ada, get, grace } from "../support/oauth-client.js";
import { startServer, useServer } from "../support/fixture.js";
import { apiKeyHeader } from "../support/sdk.js";

const server = useServer();

interface Page {
  readonly data: readonly { readonly id: string }[];
  readonly list_metadata: { readonly before: string | null; readonly after: string | null };
}

describe("pagination", () => {
  it("walks through a list in both orders and misses no entry, whatever the page size", async () => {
    const users = Array.from({ length: 23 }, (_, n) => ({
      id: `user_01N${n}`,
      email: `n${n}@acme.test`,
    }));
    const own = createEmulator({ seed: { ...defaultSeed, users, memberships: [] } });
    const page = async (query: Record<string, string>): Promise<Page> => {
      const path = `/user_management/users?${new URLSearchParams(query).toString()}`;
      return (await get(own, path, apiKeyHeader)).body as Page;
    };
    const idsOf = ({ data }: Page): string[] => data.map(({ id }) => id);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom("asc", "desc"),
        async (limit, order) => {
          const forward: string[] = [];
          let query: Record<string, string> = { limit: String(limit), order };
          for (;;) {
            const answer = await page(query);
            forward.push(...idsOf(answer));
            const { after } = answer.list_metadata;
            if (after === null) break;
            query = { limit: String(limit), order, after };
          }
          const expected = users.map(({ id }) => id);
          expect(forward).toEqual(order === "asc" ? expected : expected.toReversed());
        },
      ),
      { numRuns: 40 },
    );
    const first = await page({ limit: "5", order: "asc" });
    expect(first.list_metadata).toEqual({ before: null, after: "user_01N4" });
    const second = await page({ limit: "5", order: "asc", after: "user_01N4" });
    expect(second.list_metadata).toEqual({ before: "user_01N5", after: "user_01N9" });
    const back = await page({ limit: "5", order: "asc", before: "user_01N5" });
    expect(back.data).toEqual(first.data);
    expect(idsOf(await page({ limit: "3", order: "asc", before: "user_01N1" }))).toEqual([
      "user_01N0",
    ]);
  });

  it("is what the SDK's automatic pagination follows", async () => {
    const users = Array.from({ length: 205 }, (_, n) => ({
      id: `user_01N${n}`,
      email: `n${n}@acme.test`,
    }));
    const { workos } = await startServer({ seed: { ...defaultSeed, users, memberships: [] } });
    const list = await workos.userManagement.listUsers();
    const found = (await list.autoPagination()).map(({ id }) => id);
    expect(found).toEqual(users.map(({ id }) => id).toReversed());
  });

  it.each([
    "limit=0",
    "limit=101",
    "limit=x",
    "limit=1.5",
    "order=up",
    "after=user_01NONE",
    "before=user_01NONE",
    `after=${ada}&before=${grace}`,
  ])("refuses %s", async (query) => {
    expect(
      (await get(server.emulator, `/user_management/users?${query}`, apiKeyHeader)).status,
    ).toBe(422);
  });
});
