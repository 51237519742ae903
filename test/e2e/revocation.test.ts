import { createEmulator, defaultSeed, type Emulator } from "@xmcp-dev/authkit-emulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  buildApp,
  environmentFor,
  startApp,
  type BuiltApp,
  type RunningApp,
} from "../support/app.ts";
import { sdkClients } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";
import { modern, postRpc } from "../support/rpc.ts";

const ADA = "user_01K0ADA0000000000000000000";
const GRACE = "user_01K0GRACE00000000000000000";
const ACME = "org_01K0ACME000000000000000000";
const GLOBEX = "org_01K0G10BEX0000000000000000";
const GRACE_AT_ACME = "om_01K0GRACEATACME00000000000";
const SECRET = "whsec_local_only";
const HOOK = "/webhooks/workos";

const files = {
  "src/middleware.ts": `
import { workosProvider } from "@xmcp-dev/workos";
export default workosProvider({ revocation: JSON.parse(process.env.REVOCATION ?? "{}") });
`,
};

/** Three instances of one server, as behind a load balancer: one public URL, one AuthKit, nothing else shared. */
interface Fleet {
  readonly authkit: Emulator;
  /** Changes something at WorkOS, by its API. */
  readonly change: (method: "DELETE" | "PUT", path: string) => Promise<void>;
  readonly instances: RunningApp[];
  /** Ends one instance and starts it anew. */
  readonly restart: (index: number) => Promise<void>;
  /** The status that each instance answers the token with. */
  readonly statuses: (token: string) => Promise<number[]>;
  readonly stop: () => Promise<void>;
}

let built: BuiltApp[];
beforeAll(async () => {
  built = [];
  for (const name of ["revocation-1", "revocation-2", "revocation-3"]) {
    built.push(await buildApp(name, { files }));
  }
});

async function startFleet(revocation: object, { hasWebhooks = false } = {}): Promise<Fleet> {
  const [first] = built;
  if (first === undefined) throw new Error("nothing was built");
  const authkit = await createEmulator({
    port: 0,
    seed: { ...defaultSeed, resources: [{ uri: `${first.baseUrl}/mcp`, default: true }] },
    webhooks: hasWebhooks
      ? built.map(({ baseUrl }) => ({ url: `${baseUrl}${HOOK}`, secret: SECRET }))
      : [],
  });
  const start = (app: BuiltApp): Promise<RunningApp> =>
    startApp(app, { ...environmentFor(first, authkit), REVOCATION: JSON.stringify(revocation) });
  const instances = await Promise.all(built.map(start));
  return {
    authkit,
    async change(method, path) {
      const headers = { authorization: `Bearer ${authkit.apiKey}` };
      const { ok } = await fetch(`${authkit.url}/user_management${path}`, { method, headers });
      expect(ok).toBe(true);
    },
    instances,
    async restart(index) {
      await instances[index]?.stop();
      const app = built[index];
      if (app !== undefined) instances[index] = await start(app);
    },
    statuses: (token) =>
      Promise.all(
        instances.map(async ({ mcpUrl }) => {
          const { body, headers } = modern("tools/list", {});
          return (await postRpc(mcpUrl, token, body, headers)).status;
        }),
      ),
    async stop() {
      await Promise.all(instances.map((app) => app.stop()));
      await authkit.close();
    },
  };
}

const ALL = [200, 200, 200];
const NONE = [401, 401, 401];

describe("a fleet of three processes, which polls every second", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ poll: 1 });
  });
  afterAll(async () => {
    await fleet?.stop();
  });

  it("refuses a deleted user everywhere, and nobody else, also after a restart", async () => {
    const { authkit, change, statuses, restart, instances } = fleet;
    const resource = authkit.seed.resources[0]?.uri ?? "";
    const mint = (userId: string, organizationId: string): Promise<string> =>
      authkit.mintAccessToken({ userId, organizationId, resource });
    const [ada, grace] = [await mint(ADA, GLOBEX), await mint(GRACE, ACME)];
    expect(await statuses(ada)).toEqual(ALL);
    expect(await statuses(grace)).toEqual(ALL);

    await change("DELETE", `/users/${ADA}`);
    await expect.poll(() => statuses(ada), { timeout: 20_000 }).toEqual(NONE);
    expect(await statuses(grace)).toEqual(ALL);
    for (const { lines } of instances) {
      expect(lines.filter((line) => line.includes("401 token_revoked"))).not.toEqual([]);
    }

    // What was read before is gone with the process; the first call must wait for it to be read anew.
    await restart(1);
    expect(await statuses(ada)).toEqual(NONE);
    expect(await statuses(grace)).toEqual(ALL);

    await change("PUT", `/organization_memberships/${GRACE_AT_ACME}/deactivate`);
    await expect.poll(() => statuses(grace), { timeout: 20_000 }).toEqual(NONE);
  });
});

describe("a fleet of three processes, which polls once an hour and gets webhooks", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    const revocation = { poll: 3600, webhook: { secret: SECRET, path: HOOK } };
    fleet = await startFleet(revocation, { hasWebhooks: true });
  });
  afterAll(async () => {
    await fleet?.stop();
  });

  it("refuses a deleted user everywhere, by the webhook alone", async () => {
    const { authkit, change, statuses, instances } = fleet;
    const token = await authkit.mintAccessToken({ userId: ADA, organizationId: ACME });
    expect(await statuses(token)).toEqual(ALL);
    authkit.resetRequests();
    await change("DELETE", `/users/${ADA}`);
    await expect.poll(() => statuses(token), { timeout: 20_000 }).toEqual(NONE);
    // Nobody read the feed for it.
    expect(authkit.requests.filter(({ path }) => path === "/events")).toEqual([]);

    const grace = await authkit.mintAccessToken({ userId: GRACE, organizationId: ACME });
    const forged = await fetch(new URL(HOOK, instances[0]?.mcpUrl), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "workos-signature": `t=${Date.now()}, v1=${"0".repeat(64)}`,
      },
      body: JSON.stringify({
        object: "event",
        id: "event_01FORGED",
        event: "user.deleted",
        data: { object: "user", id: GRACE },
        created_at: new Date().toISOString(),
      }),
    });
    expect(forged.status).toBe(400);
    expect(await statuses(grace)).toEqual(ALL);
  });
});

describe("a withdrawn consent", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ poll: 1, consents: 1 });
  });
  afterAll(async () => {
    await fleet?.stop();
  });

  it("ends the client's access, until the person allows it again", async () => {
    const { authkit, change, instances, statuses } = fleet;
    const url = instances[0]?.mcpUrl ?? "";
    const oauth = new HeadlessOAuthClient({ user: GRACE });
    const connect = sdkClients["client 2.x, 2026-07-28"];
    const client = await connect(url, oauth);
    expect(await client.callTool("greet")).toContain("Hello Grace!");
    const token = oauth.accessToken ?? "";
    expect(await statuses(token)).toEqual(ALL);

    await change("DELETE", `/users/${GRACE}/authorized_applications/${oauth.clientId}`);
    await expect.poll(() => statuses(token), { timeout: 20_000 }).toEqual(NONE);
    await client.close();

    const again = new HeadlessOAuthClient({ user: GRACE });
    const back = await connect(url, again);
    expect(await back.callTool("greet")).toContain("Hello Grace!");
    expect(await statuses(again.accessToken ?? "")).toEqual(ALL);
    expect(authkit.events).toEqual([]);
    await back.close();
  });
});
