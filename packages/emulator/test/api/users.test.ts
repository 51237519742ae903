import { describe, expect, it } from "vitest";
import { acme, ada, alan, globex, grace } from "../support/oauth-client.js";
import { startServer, useServer } from "../support/fixture.js";
import { apiKeyHeader } from "../support/sdk.js";

const server = useServer();

describe("users, through the SDK", () => {
  it("gets one", async () => {
    expect(await server.workos.userManagement.getUser(ada)).toEqual({
      object: "user",
      id: "user_01K0ADA0000000000000000000",
      email: "ada@acme.test",
      emailVerified: true,
      name: "Ada Lovelace",
      firstName: "Ada",
      lastName: "Lovelace",
      profilePictureUrl: null,
      lastSignInAt: null,
      locale: null,
      externalId: null,
      metadata: {},
      createdAt: "2026-01-01T00:00:00.000Z",
      updatedAt: "2026-01-01T00:00:00.000Z",
    });
  });

  it("lists all, by e-mail and by organization", async () => {
    const ids = async (options: object): Promise<string[]> =>
      (await server.workos.userManagement.listUsers(options)).data.map(({ id }) => id);
    expect(await ids({})).toEqual([alan, grace, ada]);
    expect(await ids({ email: "GRACE@acme.test" })).toEqual([grace]);
    expect(await ids({ organizationId: globex })).toEqual([ada]);
    expect(await ids({ organizationId: "org_01NONE" })).toEqual([]);
  });

  it("updates one, and merges metadata", async () => {
    const { emulator: own, workos: sdk } = await startServer();
    await sdk.userManagement.updateUser({
      userId: ada,
      firstName: "Augusta",
      metadata: { team: "engines", desk: "1" },
    });
    const updated = await sdk.userManagement.updateUser({ userId: ada, metadata: { desk: null } });
    expect(updated).toMatchObject({
      firstName: "Augusta",
      lastName: "Lovelace",
      metadata: { team: "engines" },
    });
    expect(await sdk.userManagement.getUser(ada)).toEqual(updated);
    expect(own.seed.users[0]?.firstName).toBe("Ada");
  });

  it.each([
    ["an e-mail that is none", { email: "x" }, "email"],
    ["a name that is no text", { first_name: 1 }, "first_name"],
    ["a flag that is no flag", { email_verified: "yes" }, "email_verified"],
    ["metadata that is no object", { metadata: [] }, "metadata"],
    ["metadata of other than texts", { metadata: { a: 1 } }, "metadata"],
    [
      "too much metadata",
      { metadata: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`k${n}`, "v"])) },
      "metadata",
    ],
  ])("refuses %s", async (_name, body, field) => {
    const response = await fetch(`${server.emulator.url}/user_management/users/${ada}`, {
      method: "PUT",
      headers: apiKeyHeader,
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ field }] });
  });

  it("does not take a body that is no JSON object", async () => {
    const address = `${server.emulator.url}/user_management/users/${ada}`;
    for (const body of ["{", "[]", "x".repeat(300_000)]) {
      expect((await fetch(address, { method: "PUT", headers: apiKeyHeader, body })).status).toBe(
        400,
      );
    }
  });

  it("deletes one, with the memberships", async () => {
    const { userManagement } = (await startServer()).workos;
    await userManagement.deleteUser(ada);
    await expect(userManagement.getUser(ada)).rejects.toMatchObject({ status: 404 });
    await expect(userManagement.deleteUser(ada)).rejects.toMatchObject({ status: 404 });
    const { data } = await userManagement.listOrganizationMemberships({ organizationId: acme });
    expect(data.map(({ userId }) => userId)).toEqual([grace]);
  });
});
