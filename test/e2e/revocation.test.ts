import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { startEmulator, type Emulator } from "@xmcp-dev/authkit-emulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildApp, startApp, type BuiltApp, type RunningApp } from "../support/app.ts";
import { sdkClients } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";
import { modern, postRpc } from "../support/rpc.ts";

const ADA = "user_01K0ADA0000000000000000000";
const GRACE = "user_01K0GRACE00000000000000000";
const ALAN = "user_01K0A1AN000000000000000000";
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

/** What lies between one instance and WorkOS. */
interface Way {
  /** The WorkOS API, as the instance sees it. */
  readonly url: string;
  /** How reads of the Events API are answered: truly, as if nothing had happened, or not at all. */
  events: "delivered" | "withheld" | "down";
  /** Delivers to one read, and withholds the others before and after it. */
  readonly deliverOnce: () => void;
  /** Reads that got the events, and reads that were answered otherwise. */
  readonly reads: { delivered: number; other: number };
  /** Types of the events whose webhook the instance took. */
  readonly hooked: string[];
  readonly close: () => void;
}

async function openWay(instanceUrl: string, workosUrl: () => string): Promise<Way> {
  const reads = { delivered: 0, other: 0 };
  const hooked: string[] = [];
  let deliversOnce = false;
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  const forward = async (
    { method = "GET", headers, url = "" }: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ): Promise<number> => {
    const { host: _host, connection: _connection, "content-length": _length, ...rest } = headers;
    const target = url === HOOK ? instanceUrl : workosUrl();
    const answered = await fetch(`${target}${url}`, {
      method,
      headers: rest as Record<string, string>,
      ...(method === "GET" ? {} : { body: new Uint8Array(body) }),
    });
    const text = await answered.text();
    response.writeHead(answered.status, { "content-type": "application/json" }).end(text);
    return answered.status;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (request.url === HOOK) {
      const { event } = JSON.parse(body.toString()) as { event: string };
      if ((await forward(request, body, response)) === 200) hooked.push(event);
      return;
    }
    const isRead = request.url?.startsWith("/events") === true;
    if (!isRead || way.events === "delivered" || (way.events === "withheld" && deliversOnce)) {
      deliversOnce = deliversOnce && !isRead;
      if (isRead) reads.delivered += 1;
      await forward(request, body, response);
      return;
    }
    reads.other += 1;
    const isDown = way.events === "down";
    response
      .writeHead(isDown ? 503 : 200, { "content-type": "application/json" })
      .end(JSON.stringify({ object: "list", data: [], list_metadata: {} }));
  };
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const way: Way = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    events: "delivered",
    deliverOnce() {
      deliversOnce = true;
    },
    reads,
    hooked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return way;
}

/** Three instances of one server, as behind a load balancer: one public URL, one AuthKit, nothing else shared. */
interface Fleet {
  readonly authkit: Emulator;
  /** Changes something at WorkOS, by its API. */
  readonly change: (
    method: "DELETE" | "PUT" | "POST",
    path: string,
    body?: object,
  ) => Promise<void>;
  readonly instances: RunningApp[];
  readonly ways: readonly Way[];
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
  const ways = await Promise.all(built.map(({ baseUrl }) => openWay(baseUrl, () => authkit.url)));
  const authkit = await startEmulator({
    resource: `${first.baseUrl}/mcp`,
    webhooks: hasWebhooks ? ways.map(({ url }) => ({ url: `${url}${HOOK}`, secret: SECRET })) : [],
  });
  const start = (index: number): Promise<RunningApp> => {
    const [app, way] = [built[index], ways[index]];
    if (app === undefined || way === undefined) throw new Error(`there is no instance ${index}`);
    return startApp(app, {
      ...authkit.env,
      WORKOS_API_URL: way.url,
      REVOCATION: JSON.stringify(revocation),
    });
  };
  const instances = await Promise.all(built.map((_app, index) => start(index)));
  return {
    authkit,
    async change(method, path, body) {
      const { ok } = await fetch(`${authkit.url}/user_management${path}`, {
        method,
        headers: { authorization: `Bearer ${authkit.apiKey}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      expect(ok).toBe(true);
    },
    instances,
    ways,
    async restart(index) {
      await instances[index]?.stop();
      instances[index] = await start(index);
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
      for (const way of ways) way.close();
      await authkit.close();
    },
  };
}

const ALL = [200, 200, 200];
const NONE = [401, 401, 401];
/** Nothing here is about how long it takes: this only ends what would never come. */
const EVENTUALLY = { timeout: 60_000 };

/** Changes something, and sees the token refused everywhere after exactly one further poll that tells of it. */
async function endsByOnePoll(
  { ways, statuses }: Fleet,
  token: string,
  change: () => Promise<void>,
): Promise<void> {
  // As if WorkOS had not written the event yet: polls come and bring nothing.
  for (const way of ways) way.events = "withheld";
  const pollInVain = async (): Promise<void> => {
    const before = ways.map(({ reads }) => reads.other);
    await expect
      .poll(() => ways.every(({ reads }, at) => reads.other > (before[at] ?? 0)), EVENTUALLY)
      .toBe(true);
  };
  // An instance reads once at a time, so what was delivered before is over then.
  await pollInVain();
  const delivered = ways.map(({ reads }) => reads.delivered);
  await change();
  await pollInVain();
  expect(await statuses(token)).toEqual(ALL);
  for (const way of ways) way.deliverOnce();
  await expect.poll(() => statuses(token), EVENTUALLY).toEqual(NONE);
  expect(ways.map(({ reads }, at) => reads.delivered - (delivered[at] ?? 0))).toEqual([1, 1, 1]);
  for (const way of ways) way.events = "delivered";
}

describe("a fleet of three processes, which polls every second and fails closed", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ pollSeconds: 1, failClosedAfterSeconds: 3600 });
  });
  afterAll(async () => {
    await fleet?.stop();
  });

  it("refuses a deleted user everywhere by one poll, and no other, also after a restart", async () => {
    const { authkit, change, statuses, restart, instances, ways } = fleet;
    const mint = (userId: string, organizationId: string): Promise<string> =>
      authkit.token({ as: userId, organization: organizationId });
    const [ada, grace] = [await mint(ADA, GLOBEX), await mint(GRACE, ACME)];
    expect(await statuses(ada)).toEqual(ALL);
    expect(await statuses(grace)).toEqual(ALL);

    await endsByOnePoll(fleet, ada, () => change("DELETE", `/users/${ADA}`));
    expect(await statuses(grace)).toEqual(ALL);
    for (const { lines } of instances) {
      expect(lines.filter((line) => line.includes("401 token_revoked"))).not.toEqual([]);
    }

    // What was read before is gone with the process; the first call must wait for it to be read anew.
    await restart(1);
    expect(await statuses(ada)).toEqual(NONE);
    expect(await statuses(grace)).toEqual(ALL);

    // When it cannot be read anew, no caller gets in, until it can.
    const [, way] = ways;
    if (way === undefined) throw new Error("there is one for each");
    way.events = "down";
    await restart(1);
    expect(await statuses(ada)).toEqual([401, 503, 401]);
    expect(await statuses(grace)).toEqual([200, 503, 200]);
    way.events = "withheld";
    const { delivered } = way.reads;
    way.deliverOnce();
    await expect.poll(() => statuses(ada), EVENTUALLY).toEqual(NONE);
    expect(await statuses(grace)).toEqual(ALL);
    expect(way.reads.delivered - delivered).toBe(1);

    const deactivated = `/organization_memberships/${GRACE_AT_ACME}/deactivate`;
    await endsByOnePoll(fleet, grace, () => change("PUT", deactivated));
  });
});

describe("a fleet of three processes, which polls once an hour and gets webhooks", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    const revocation = { pollSeconds: 3600, webhook: { secret: SECRET, path: HOOK } };
    fleet = await startFleet(revocation, { hasWebhooks: true });
  });
  afterAll(async () => {
    await fleet?.stop();
  });

  /** Posts an event to every instance as WorkOS would; signed right, unless told otherwise. */
  const post = (event: object, signature?: string): Promise<number[]> => {
    const [sentAt, body] = [Date.now(), JSON.stringify(event)];
    const hash = createHmac("sha256", SECRET).update(`${sentAt}.${body}`).digest("hex");
    const headers = {
      "content-type": "application/json",
      "workos-signature": `t=${sentAt}, v1=${signature ?? hash}`,
    };
    return Promise.all(
      fleet.instances.map(async ({ mcpUrl }) => {
        return (await fetch(new URL(HOOK, mcpUrl), { method: "POST", headers, body })).status;
      }),
    );
  };
  const eventOf = (event: string, data: object): object => ({
    object: "event",
    id: `event_01${event.toUpperCase().replace(".", "")}`,
    event,
    data,
    created_at: new Date().toISOString(),
  });

  it("refuses a deleted user at the first call after the webhook, without any poll", async () => {
    const { authkit, change, statuses, ways } = fleet;
    const token = await authkit.token({ as: ADA, organization: ACME });
    expect(await statuses(token)).toEqual(ALL);
    const reads = ways.map((way) => way.reads.delivered + way.reads.other);
    await change("DELETE", `/users/${ADA}`);
    await expect
      .poll(() => ways.every(({ hooked }) => hooked.includes("user.deleted")), EVENTUALLY)
      .toBe(true);
    expect(await statuses(token)).toEqual(NONE);
    expect(ways.map((way) => way.reads.delivered + way.reads.other)).toEqual(reads);
  });

  it("believes nothing that WorkOS did not sign", async () => {
    const { authkit, statuses } = fleet;
    const alan = await authkit.token({ as: ALAN });
    expect(await statuses(alan)).toEqual(ALL);
    const event = eventOf("user.deleted", { object: "user", id: ALAN });
    expect(await post(event, "0".repeat(64))).toEqual([400, 400, 400]);
    expect(await statuses(alan)).toEqual(ALL);
  });
});

describe("a revoked session", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ pollSeconds: 1 });
  });
  afterAll(async () => {
    await fleet?.stop();
  });

  it("ends by one poll the token of a user who signed in, and a new sign-in gets one that counts", async () => {
    const { authkit, change, instances, statuses } = fleet;
    const signIn = async (): Promise<string> => {
      const oauth = new HeadlessOAuthClient({ user: GRACE });
      const client = await sdkClients["client 2.x, 2026-07-28"](instances[0]?.mcpUrl ?? "", oauth);
      expect(await client.callTool("greet")).toContain("Hello Grace!");
      await client.close();
      return oauth.accessToken ?? "";
    };
    const token = await signIn();
    expect(await statuses(token)).toEqual(ALL);
    const path = `/user_management/users/${GRACE}/sessions`;
    const headers = { authorization: `Bearer ${authkit.apiKey}` };
    const answer = await fetch(`${authkit.url}${path}`, { headers });
    const { data } = (await answer.json()) as { data: { id: string }[] };
    expect(data).toHaveLength(1);
    await endsByOnePoll(fleet, token, () =>
      change("POST", "/sessions/revoke", { session_id: data[0]?.id }),
    );
    // What is issued in the very second of the revocation is refused too.
    const second = Math.ceil(Date.now() / 1000) * 1000;
    await expect.poll(() => Date.now() > second, EVENTUALLY).toBe(true);
    expect(await statuses(await signIn())).toEqual(ALL);
  });
});

describe("a withdrawn consent", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ pollSeconds: 1, consentCheckSeconds: 1 });
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
    await expect.poll(() => statuses(token), EVENTUALLY).toEqual(NONE);
    await client.close();

    const again = new HeadlessOAuthClient({ user: GRACE });
    const back = await connect(url, again);
    expect(await back.callTool("greet")).toContain("Hello Grace!");
    expect(await statuses(again.accessToken ?? "")).toEqual(ALL);
    expect(authkit.events).toEqual([]);
    await back.close();
  });
});
