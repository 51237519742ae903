import { describe, expect, it } from "vitest";
import { acme, get } from "../support/oauth-client.js";
import { useServer } from "../support/fixture.js";
import { apiKeyHeader } from "../support/sdk.js";

const directory = "directory_01K0ACMED1R000000000000000";
const engineering = "directory_group_01K0ENG1NEER1NG00000000000";
const finance = "directory_group_01K0F1NANCE000000000000000";

const server = useServer();

describe("directories, through the SDK", () => {
  it("lists and gets them", async () => {
    const { data } = await server.workos.directorySync.listDirectories({ organizationId: acme });
    expect(data).toMatchObject([
      { object: "directory", id: directory, state: "active", domain: "acme.test" },
    ]);
    expect((await server.workos.directorySync.listDirectories({ search: "nothing" })).data).toEqual(
      [],
    );
    expect(await server.workos.directorySync.getDirectory(directory)).toMatchObject({
      name: "Acme Okta",
    });
  });

  it("lists users of a directory and of a group", async () => {
    const all = await server.workos.directorySync.listUsers({ directory });
    expect(all.data.map(({ email }) => email)).toEqual(["grace@acme.test", "ada@acme.test"]);
    expect(all.data[1]).toMatchObject({
      directoryId: directory,
      organizationId: acme,
      state: "active",
      firstName: "Ada",
    });
    expect(all.data[1]?.groups.map(({ name }) => name)).toEqual(["Engineering", "Finance"]);
    const inFinance = await server.workos.directorySync.listUsers({ group: finance });
    expect(inFinance.data.map(({ email }) => email)).toEqual(["ada@acme.test"]);
  });

  it("lists groups of a directory and of a user", async () => {
    const all = await server.workos.directorySync.listGroups({ directory });
    expect(all.data.map(({ id }) => id)).toEqual([finance, engineering]);
    const ofGrace = await server.workos.directorySync.listGroups({
      user: "directory_user_01K0GRACED1R00000000000000",
    });
    expect(ofGrace.data.map(({ name }) => name)).toEqual(["Engineering"]);
  });

  it("wants to know of what", async () => {
    for (const path of ["/directory_users", "/directory_groups"])
      expect((await get(server.emulator, path, apiKeyHeader)).status).toBe(422);
    expect(
      (await get(server.emulator, "/directory_users?directory=directory_01NONE", apiKeyHeader))
        .status,
    ).toBe(404);
  });
});
