import { expect, it } from "vitest";
import { createConsentDirectory } from "../../src/workos/consents.js";

const page = (from: number, count: number, after?: string): object => ({
  data: Array.from({ length: count }, (_, index) => ({
    id: `app_consent_${from + index}`,
    application: { client_id: `client_${from + index}` },
  })),
  list_metadata: { after: after ?? null },
});

it("looks through a thousand applications of a person, and takes more for no outage", async () => {
  const asked: [string, object][] = [];
  const directory = createConsentDirectory({
    client: () =>
      ({
        get: async (path: string, { query }: { query: { after?: string } }) => {
          asked.push([path, query]);
          if (path.includes("BOB")) return { data: page(7, 1) };
          const from = Number(query.after ?? 0);
          return { data: page(from, 100, String(from + 100)) };
        },
      }) as never,
    now: () => 0,
    freshFor: 60_000,
    usableFor: 60_000,
  });
  expect(await directory.isGiven("user_01ADA", "client_999", 1)).toEqual({
    kind: "known",
    value: true,
  });
  expect(asked).toHaveLength(10);
  expect(asked.slice(0, 2)).toEqual([
    ["/user_management/users/user_01ADA/authorized_applications", { limit: 100 }],
    ["/user_management/users/user_01ADA/authorized_applications", { limit: 100, after: "100" }],
  ]);
  expect(await directory.isGiven("user_01ADA", "client_1000", 1)).toEqual({
    kind: "known",
    value: false,
  });
  expect(asked).toHaveLength(20);
  // Remembered for this token, asked anew for another, and no other caller had to wait.
  await directory.isGiven("user_01ADA", "client_1000", 1);
  expect(asked).toHaveLength(20);
  expect(await directory.isGiven("user_01BOB", "client_7", 1)).toEqual({
    kind: "known",
    value: true,
  });
  await directory.isGiven("user_01BOB", "client_7", 2);
  expect(asked).toHaveLength(22);
});
