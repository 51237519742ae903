import { defaultSeed } from "@xmcp-dev/authkit-emulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessApp } from "../support/access-app.ts";
import { postRpc } from "../support/rpc.ts";
import { read, request } from "./access-attacks.ts";
import { startVictim, type Victim } from "./access-victim.ts";

const GRACE = "user_01K0GRACE00000000000000000";
const ACME = "org_01K0ACME000000000000000000";

/** Whatever is named, WorkOS is asked about the safe that Grace has the key of, and allows it. */
const CONFIGURATION = `{
  access: {
    tools: { "*": "authenticated" },
    resources: {
      "vault://{id}": {
        check: hasPermissionOn("safe:open", () => ({ resourceTypeSlug: "safe", resourceExternalId: "7" })),
      },
    },
  },
}`;

let victim: Victim;
beforeAll(async () => {
  victim = await startVictim("access-budget", {
    files: accessApp(CONFIGURATION, ["hasPermissionOn"]),
    attacker: { userId: GRACE, organizationId: ACME },
    forbidden: /^$/,
    loot: /^$/,
    seed: {
      permissions: [...defaultSeed.permissions, { slug: "safe:open", name: "Open a safe" }],
      roles: [
        ...defaultSeed.roles,
        { slug: "safe-keeper", name: "Safe keeper", permissions: ["safe:open"] },
      ],
      authorizationResources: [
        {
          id: "authz_resource_01K0SAFE7",
          typeSlug: "safe",
          externalId: "7",
          name: "Safe 7",
          organizationId: ACME,
        },
      ],
      roleAssignments: [
        {
          membershipId: "om_01K0GRACEATACME00000000000",
          roleSlug: "safe-keeper",
          resourceId: "authz_resource_01K0SAFE7",
        },
      ],
    },
  });
});
afterAll(async () => {
  await victim?.stop();
});

const listen = (resourceSubscriptions: readonly string[]): object =>
  request("subscriptions/listen", { notifications: { resourceSubscriptions } });

const uris = (length: number, end = ""): readonly string[] =>
  Array.from({ length }, (_, index) => `vault://${index}${end}`);

/** How often WorkOS was asked for a permission on one resource. */
const checks = (): number =>
  victim.authkit.requests().filter(({ path }) => path.endsWith("/check")).length;

describe("T-18: what one request makes WorkOS answer", () => {
  it("one URI is one check, so that what follows could be seen", async () => {
    victim.authkit.clearRequests();
    expect((await victim.send({ body: read("vault://1") })).text).toContain("safe 1");
    expect(checks()).toBe(1);
  });

  it.each([
    ["3,000 URIs", listen(uris(3_000))],
    ["3,000 URIs with fragments", listen(uris(3_000, "#x"))],
    ["a batch of a hundred times 30", Array.from({ length: 100 }, () => listen(uris(30)))],
    ["1.6 million times the same", listen(Array.from({ length: 1_600_000 }, () => "a:b"))],
  ])("a subscription to %s is refused, and WorkOS is not asked", async (_what, body) => {
    victim.authkit.clearRequests();
    const { status, text } = await victim.send({ body });
    expect([status, text]).toEqual([413, expect.stringContaining("too_many_targets")]);
    expect(victim.authkit.requests()).toEqual([]);
    expect((await victim.send({ body: read("vault://1") })).status).toBe(200);
  });

  it("a batch of a hundred reads of one URI asks once", async () => {
    victim.authkit.clearRequests();
    const body = Array.from({ length: 100 }, () => read("vault://1"));
    expect((await victim.send({ body })).text).toContain("safe 1");
    expect(checks()).toBe(1);
  });

  it("a client that leaves ends the asking", async () => {
    const token = await victim.mint({ userId: GRACE, organizationId: ACME });
    victim.authkit.fail("api", { delayMs: 1_000 });
    victim.authkit.clearRequests();
    const leaving = new AbortController();
    const body = JSON.stringify(uris(100).map((uri) => read(uri)));
    const left = fetch(victim.app.mcpUrl, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body,
      signal: leaving.signal,
    });
    await expect.poll(checks, { interval: 5, timeout: 10_000 }).toBeGreaterThanOrEqual(8);
    leaving.abort();
    const before = checks();
    expect(before).toBeLessThan(50);
    await expect(left).rejects.toThrow("abort");
    await expect
      .poll(() => victim.app.lines.filter((line) => line.includes("client_left")), {
        timeout: 10_000,
      })
      .toHaveLength(1);
    victim.authkit.recover();
    // One round of eight may have begun before the server saw it.
    expect(checks()).toBeLessThanOrEqual(before + 8);
    // The server is well, and asks all hundred of a client that stays.
    victim.authkit.clearRequests();
    expect((await postRpc(victim.app.mcpUrl, token, body)).status).toBe(200);
    expect(checks()).toBe(100);
  });
});
