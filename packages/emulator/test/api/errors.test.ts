import { NotFoundException, UnauthorizedException } from "@workos-inc/node";
import { describe, expect, it } from "vitest";
import { ada, get } from "../support/oauth-client.js";
import { useServer } from "../support/fixture.js";
import { apiKeyHeader, errorOf, sdkFor } from "../support/sdk.js";

const server = useServer();

describe("errors", () => {
  it("a wrong or missing key is 401 before anything else is looked at", async () => {
    expect(
      await errorOf(() => sdkFor(server.emulator, "sk_test_wrong").userManagement.getUser(ada)),
    ).toBeInstanceOf(UnauthorizedException);
    for (const path of [
      `/user_management/users/${ada}`,
      "/organizations",
      "/nothing",
      "/user_management/users/unknown",
    ]) {
      const { body, status } = await get(server.emulator, path);
      expect([status, body]).toEqual([401, { message: "Unauthorized" }]);
    }
  });

  it("what is not there is 404 in WorkOS's words", async () => {
    expect(
      (await get(server.emulator, "/user_management/users/user_01NONE", apiKeyHeader)).body,
    ).toEqual({
      message: "User not found: 'user_01NONE'.",
      code: "entity_not_found",
      entity_id: "user_01NONE",
    });
    for (const path of [
      "/organizations/org_01NONE",
      "/user_management/organization_memberships/om_01NONE",
      "/widgets",
    ]) {
      expect((await get(server.emulator, path, apiKeyHeader)).status).toBe(404);
    }
    expect(await errorOf(() => server.workos.userManagement.getUser("user_01NONE"))).toBeInstanceOf(
      NotFoundException,
    );
  });
});
