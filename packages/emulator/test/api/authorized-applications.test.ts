import { beforeEach, describe, expect, it } from "vitest";
import {
  acme,
  ada,
  authorize,
  exchange,
  globex,
  refresh,
  register,
} from "../support/oauth-client.js";
import { useServer } from "../support/fixture.js";
import { errorOf } from "../support/sdk.js";

const server = useServer({}, beforeEach);

const path = `/user_management/users/${ada}/authorized_applications`;

async function applications(): Promise<Record<string, unknown>[]> {
  const { data } = await server.workos.get<{ data: Record<string, unknown>[] }>(path);
  return data.data;
}

describe("authorized applications", () => {
  it("are those whose consent page the person allowed, each organization on its own", async () => {
    expect(await applications()).toEqual([]);
    const client = await register(server.emulator);
    await authorize(server.emulator, client, { organization: acme });
    await authorize(server.emulator, client, { organization: acme });
    await authorize(server.emulator, client, { organization: globex });
    const found = await applications();
    expect(found).toHaveLength(2);
    expect(found[0]).toMatchObject({
      object: "authorized_connect_application",
      id: expect.stringMatching(/^app_consent_[0-9A-Z]{26}$/),
      granted_scopes: ["openid", "profile", "email"],
      oauth_resource: "client_01K0ENV1R0NMENT00000000000",
      application: {
        object: "connect_application",
        id: expect.stringMatching(/^conn_app_[0-9A-Z]{26}$/),
        client_id: client,
        name: "Test Client",
      },
    });
  });

  it("can be withdrawn, which ends refreshing and makes no event", async () => {
    const client = await register(server.emulator);
    const scope = { parameters: { scope: "openid offline_access" } };
    const { body } = await exchange(
      server.emulator,
      client,
      await authorize(server.emulator, client, scope),
    );
    const token = String(body["refresh_token"]);
    const again = await refresh(server.emulator, client, token);
    expect(again.status).toBe(200);

    await server.workos.delete(`${path}/${client}`);
    expect(await applications()).toEqual([]);
    const refused = await refresh(server.emulator, client, String(again.body["refresh_token"]));
    expect([refused.status, refused.body["error"]]).toEqual([400, "invalid_grant"]);
    expect(server.emulator.events).toEqual([]);
    expect(await errorOf(() => server.workos.delete(`${path}/${client}`))).toMatchObject({
      status: 404,
    });
  });

  it("are none for a person who does not exist", async () => {
    const other = "/user_management/users/user_01NOBODY/authorized_applications";
    expect(await errorOf(() => server.workos.get(other))).toMatchObject({ status: 404 });
  });
});
