import { describe, expect, it } from "vitest";
import { defaultSeed, parseSeed } from "../../src/index.js";
import { useServer } from "../support/fixture.js";

const server = useServer({
  seed: {
    ...defaultSeed,
    apiKeys: [
      ...(defaultSeed.apiKeys ?? []),
      {
        id: "api_key_01K0ADA",
        name: "Ada's own",
        value: "sk_local_adas_own",
        organizationId: "org_01K0ACME000000000000000000",
        userId: "user_01K0ADA0000000000000000000",
      },
    ],
  },
});

describe("API keys through the SDK", () => {
  it("tells whose key it is, what it may do and when it was last used", async () => {
    const value = "sk_local_nightly_export_not_a_secret";
    const first = await server.workos.apiKeys.createValidation({ value });
    expect(first.apiKey).toMatchObject({
      id: "api_key_01K0N1GHT1Y0000000000000000",
      name: "Nightly export",
      owner: { type: "organization", id: "org_01K0ACME000000000000000000" },
      permissions: ["reports:read"],
      lastUsedAt: null,
    });
    expect(JSON.stringify(first)).not.toContain(value);
    const second = await server.workos.apiKeys.createValidation({ value });
    expect(second.apiKey?.lastUsedAt).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it("tells the member and the organization of a key that a person owns", async () => {
    const { apiKey } = await server.workos.apiKeys.createValidation({ value: "sk_local_adas_own" });
    expect(apiKey?.owner).toEqual({
      type: "user",
      id: "user_01K0ADA0000000000000000000",
      organizationId: "org_01K0ACME000000000000000000",
    });
  });

  it("knows nothing of other values, nor of the environment's own key", async () => {
    for (const value of ["sk_made_up", server.emulator.apiKey]) {
      expect(await server.workos.apiKeys.createValidation({ value })).toMatchObject({
        apiKey: null,
      });
    }
  });

  it("forgets a deleted key", async () => {
    await server.workos.apiKeys.deleteApiKey("api_key_01K0ADA");
    expect(
      (await server.workos.apiKeys.createValidation({ value: "sk_local_adas_own" })).apiKey,
    ).toBeNull();
    await expect(server.workos.apiKeys.deleteApiKey("api_key_01K0ADA")).rejects.toMatchObject({
      status: 404,
    });
  });

  it("refuses a request without a value", async () => {
    const answer = await fetch(`${server.emulator.url}/api_keys/validations`, {
      method: "POST",
      headers: { authorization: `Bearer ${server.emulator.apiKey}` },
      body: "{}",
    });
    expect(answer.status).toBe(422);
  });
});

it("a seed file may have API keys, whose references must lead somewhere", () => {
  const seed = (changes: object): string =>
    JSON.stringify({
      organizations: [{ id: "org_01A", name: "A" }],
      apiKeys: [
        { id: "api_key_01A", name: "A", value: "sk_a", organizationId: "org_01A", ...changes },
      ],
    });
  expect(parseSeed(seed({}), "json").apiKeys).toEqual([
    { id: "api_key_01A", name: "A", value: "sk_a", organizationId: "org_01A" },
  ]);
  expect(() =>
    parseSeed(seed({ organizationId: "org_01B", permissions: ["x:read"] }), "json"),
  ).toThrow(
    expect.objectContaining({
      problems: [
        {
          path: "apiKeys[0].organizationId",
          message:
            'names "org_01B", which the seed does not have. Did you mean org_01A? Known: org_01A.',
        },
        {
          path: "apiKeys[0].permissions[0]",
          message: 'names "x:read", which the seed does not have. There is none.',
        },
      ],
    }),
  );
});
