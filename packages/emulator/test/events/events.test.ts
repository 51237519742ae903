import { createServer, type IncomingMessage } from "node:http";
import type { WorkOS } from "@workos-inc/node";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createEmulator } from "../../src/index.js";
import { acme, ada, authorize, get, globex, register } from "../support/oauth-client.js";
import { startServer } from "../support/fixture.js";
import { apiKeyHeader } from "../support/sdk.js";

const ADA_AT_ACME = "om_01K0ADAATACME0000000000000";
const GRACE_AT_ACME = "om_01K0GRACEATACME00000000000";
const SECRET = "whsec_for_tests_only";

describe("the Events API, through the SDK", () => {
  it("tells what changed, oldest first, and nothing of what was there from the start", async () => {
    const { workos } = await startServer();
    const all = ["user.created", "user.updated", "user.deleted"] as const;
    expect((await workos.events.listEvents({ events: [...all] })).data).toEqual([]);

    await workos.userManagement.updateUser({ userId: ada, firstName: "Augusta" });
    await workos.userManagement.deactivateOrganizationMembership(GRACE_AT_ACME);
    await workos.userManagement.deleteOrganizationMembership(ADA_AT_ACME);
    await workos.userManagement.deleteUser(ada);

    const people = await workos.events.listEvents({ events: [...all] });
    expect(people.data.map(({ event, data }) => [event, (data as { id: string }).id])).toEqual([
      ["user.updated", ada],
      ["user.deleted", ada],
    ]);
    const memberships = await workos.events.listEvents({
      events: ["organization_membership.updated", "organization_membership.deleted"],
    });
    expect(memberships.data).toMatchObject([
      { event: "organization_membership.updated", data: { status: "inactive" } },
      { event: "organization_membership.deleted", data: { userId: ada, organizationId: acme } },
      { event: "organization_membership.deleted", data: { userId: ada, organizationId: globex } },
    ]);
  });

  it.each(["asc", "desc", "normal", ""])(
    "is oldest first whatever order is asked for, here %j, and so are its pages",
    async (order) => {
      const { emulator, workos } = await startServer();
      for (const firstName of ["One", "Two", "Three"])
        await workos.userManagement.updateUser({ userId: ada, firstName });
      const read = async (after: string): Promise<[string[], string | null]> => {
        const path = `/events?events=user.updated&limit=2&order=${order}${after}`;
        const { body } = await get(emulator, path, apiKeyHeader);
        const events = body["data"] as { data: { first_name: string } }[];
        const names = events.map(({ data }) => data.first_name);
        return [names, body["list_metadata"].after];
      };
      const [first, after] = await read("");
      expect(first).toEqual(["One", "Two"]);
      expect((await read(`&after=${after}`))[0]).toEqual(["Three"]);
    },
  );

  it("is read on from an event, from a time, and for one organization", async () => {
    let now = Date.parse("2026-01-01T00:00:00Z");
    const { workos } = await startServer({ now: () => now });
    for (const name of ["One", "Two", "Three"]) {
      now += 60_000;
      await workos.userManagement.updateUser({ userId: ada, firstName: name });
    }
    const names = async (
      options: Partial<Parameters<WorkOS["events"]["listEvents"]>[0]>,
    ): Promise<string[]> => {
      const { data } = await workos.events.listEvents({ events: ["user.updated"], ...options });
      return data.map((event) => (event.data as { firstName: string }).firstName);
    };
    const [first] = (await workos.events.listEvents({ events: ["user.updated"] })).data;
    expect(await names({ limit: 2 })).toEqual(["One", "Two"]);
    expect(await names({ after: first?.id ?? "" })).toEqual(["Two", "Three"]);
    expect(await names({ rangeStart: "2026-01-01T00:02:00Z" })).toEqual(["Two", "Three"]);
    expect(await names({ rangeEnd: "2026-01-01T00:02:00Z" })).toEqual(["One", "Two"]);

    await workos.userManagement.deleteOrganizationMembership(ADA_AT_ACME);
    const events = ["organization_membership.deleted" as const];
    expect((await workos.events.listEvents({ events, organizationId: acme })).data).toHaveLength(1);
    expect((await workos.events.listEvents({ events, organizationId: globex })).data).toEqual([]);
    await expect(
      workos.events.listEvents({
        events,
        after: first?.id ?? "",
        rangeStart: "2026-01-01T00:00:00Z",
      }),
    ).rejects.toThrow("exclude each other");
    await expect(workos.events.listEvents({ events: [] })).rejects.toThrow("required");
  });

  it("tells roles and API keys, of the environment and of an organization", async () => {
    const { emulator, workos } = await startServer();
    await workos.put("/authorization/roles/member/permissions", { permissions: [] });
    await workos.apiKeys.deleteApiKey("api_key_01K0N1GHT1Y0000000000000000");
    expect(emulator.events.map(({ event }) => event)).toEqual(["role.updated", "api_key.revoked"]);
    expect(JSON.stringify(emulator.events)).not.toMatch(/sk_[a-z_]*[A-Za-z0-9]{20}/);
  });

  it("tells a session that was revoked, once, with its person and organization", async () => {
    const { emulator, workos } = await startServer();
    await authorize(emulator, await register(emulator), { organization: acme });
    const { data } = await workos.userManagement.listSessions(ada);
    expect(data).toMatchObject([{ userId: ada, organizationId: acme, status: "active" }]);
    const sessionId = data[0]?.id ?? "";
    await workos.userManagement.revokeSession({ sessionId });
    await workos.userManagement.revokeSession({ sessionId });
    expect(emulator.events).toMatchObject([
      {
        event: "session.revoked",
        data: { object: "session", id: sessionId, user_id: ada, organization_id: acme },
      },
    ]);
    const { data: listed } = await workos.events.listEvents({ events: ["session.revoked"] });
    expect(listed).toMatchObject([{ data: { id: sessionId, status: "revoked" } }]);
    await expect(
      workos.userManagement.revokeSession({ sessionId: "session_01NOBODY" }),
    ).rejects.toThrow("not found");
    await expect(workos.userManagement.revokeSession({ sessionId: "" })).rejects.toThrow(
      "required",
    );
    await expect(workos.userManagement.listSessions("user_01NOBODY")).rejects.toThrow("not found");
  });

  it("does not count a sign-in as a change", async () => {
    const { emulator } = await startServer();
    await authorize(emulator, await register(emulator));
    expect(await get(emulator, `/user_management/users/${ada}`, apiKeyHeader)).toMatchObject({
      body: { last_sign_in_at: expect.any(String) },
    });
    expect(emulator.events).toEqual([]);
  });
});

describe("webhooks", () => {
  interface Delivery {
    readonly headers: IncomingMessage["headers"];
    readonly body: string;
  }

  /** An endpoint that answers with the statuses in turn, then 200. */
  async function endpoint(...statuses: number[]): Promise<{ url: string; got: Delivery[] }> {
    const got: Delivery[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        got.push({ headers: request.headers, body });
        response.writeHead(statuses.shift() ?? 200).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}/hook`, got };
  }

  it("are signed as the SDK checks it", async () => {
    const { url, got } = await endpoint();
    const { workos } = await startServer({ webhooks: [{ url, secret: SECRET }] });
    await workos.userManagement.deleteUser(ada);
    await vi.waitFor(() => expect(got.length).toBeGreaterThan(0));
    const deliveries = await Promise.all(
      got.map(({ headers, body }) =>
        workos.webhooks.constructEvent({
          payload: JSON.parse(body) as Record<string, unknown>,
          sigHeader: String(headers["workos-signature"]),
          secret: SECRET,
        }),
      ),
    );
    expect(deliveries).toContainEqual(
      expect.objectContaining({
        event: "user.deleted",
        data: expect.objectContaining({ id: ada }),
      }),
    );
    const [first] = got;
    await expect(
      workos.webhooks.constructEvent({
        payload: JSON.parse(first?.body ?? "") as Record<string, unknown>,
        sigHeader: String(first?.headers["workos-signature"]),
        secret: "another_secret",
      }),
    ).rejects.toThrow("Signature hash does not match");
  });

  it("are tried again with the same ID when the endpoint fails, and only of the types asked for", async () => {
    const { url, got } = await endpoint(500, 503);
    const { emulator, workos } = await startServer({
      webhooks: [{ url, secret: SECRET, events: ["user.deleted"] }],
    });
    await workos.userManagement.updateUser({ userId: ada, firstName: "Augusta" });
    await workos.userManagement.deleteUser(ada);
    await vi.waitFor(() => expect(got).toHaveLength(3), { timeout: 10_000 });
    const ids = got.map(({ body }) => {
      const { event, id } = JSON.parse(body) as { event: string; id: string };
      return [event, id];
    });
    const deleted = emulator.events.findLast(({ event }) => event === "user.deleted");
    expect(ids).toEqual(Array.from({ length: 3 }, () => ["user.deleted", deleted?.id]));
  });

  it("of before a reset are not tried again, and those of after it arrive", async () => {
    const { url, got } = await endpoint(500, 500);
    const { emulator, workos } = await startServer({
      webhooks: [{ url, secret: SECRET, events: ["user.updated"] }],
    });
    const names = (): unknown[] =>
      got.map(
        ({ body }) => (JSON.parse(body) as { data: { first_name?: string } }).data.first_name,
      );
    await workos.userManagement.updateUser({ userId: ada, firstName: "Before" });
    await vi.waitFor(() => expect(names()).toEqual(["Before"]));
    emulator.reset();
    await workos.userManagement.updateUser({ userId: ada, firstName: "After" });
    // Its second attempt comes later than that of the forgotten event would have come.
    await vi.waitFor(() => expect(names().slice(1)).toEqual(["After", "After"]), {
      timeout: 10_000,
    });
  });

  it.each([
    [{ url: "https://hooks.example/x", secret: SECRET }, "http on loopback"],
    [{ url: "http://192.0.2.1/x", secret: SECRET }, "http on loopback"],
    [{ url: "no url", secret: SECRET }, "http on loopback"],
    [{ url: "http://127.0.0.1:1/x", secret: "short" }, "eight characters"],
  ])("refuses the endpoint %j", async (webhook, message) => {
    await startServer();
    expect(() => createEmulator({ webhooks: [webhook] })).toThrow(message);
  });
});
