import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { workosProvider } from "@xmcp-dev/workos";
import { createAccessControl } from "../../packages/workos/dist/access/access-control.js";
import { compileAccessMap } from "../../packages/workos/dist/access/access-map.js";
import { buildApp, runApp } from "../apps.ts";
import { freshToken, well, type Bench } from "../bench.ts";
import { drive, saturate } from "../load.ts";
import { median } from "../numbers.ts";
import { isPinning, pinSelf } from "../processes.ts";
import { CLIENT_ID, RESOURCE } from "../tokens.ts";
import type { Problem } from "../../packages/workos/dist/errors.js";

/** What access rules cost. */
export interface Access {
  /** Microseconds of one decision. */
  readonly decision: number;
  /** Throughput of a filtered list as a share of the same list unfiltered; the median of the pairs. */
  readonly listKept: number;
  readonly pairs: readonly number[];
  /** Requests to the WorkOS API for 1,000 tool calls of one person. */
  readonly apiCalls: number;
}

const CALLS = 1_000;

export async function measureAccess(bench: Bench): Promise<Access> {
  bench.say("access: decisions");
  const decision = measureDecision(bench.isQuick ? 2 : 12);
  const apiCalls = await countApiCalls(bench);
  const pairs = await measureLists(bench);
  return { decision, listKept: median(pairs), pairs, apiCalls };
}

/** The dearest case: the last pattern of the map, and the last permission of the list. */
function measureDecision(rounds: number): number {
  const names = Array.from({ length: 100 }, (_, index) => `area${index}_*`);
  const problems: Problem[] = [];
  const policy = compileAccessMap(
    {
      tools: Object.fromEntries(
        names.map((name, index) => [name, { permissions: [`things:${100 + index}`] }]),
      ),
    },
    new Set(["user"]),
    problems,
  );
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join("; "));
  const control = createAccessControl({
    policy,
    callers: new Set(["user"]),
    sources: {} as never,
    workos: undefined as never,
    mayHelp: () => true,
    reportCheck: () => undefined,
  });
  const permissions = Array.from({ length: 200 }, (_, index) => `things:${index}`);
  const credential = {
    kind: "access-token",
    claims: {},
    principal: { kind: "user", id: "user_01K0ADA0000000000000000000", sessionId: "s" },
    authkit: {
      scopes: [],
      organizationId: "org_01K0ACME000000000000000000",
      permissions,
      roles: [],
    },
  } as never;
  const body = JSON.parse(
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"area99_report","arguments":{}}}',
  ) as unknown;
  let best = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    for (let call = 0; call < 20_000; call += 1) {
      const judgement = control(credential, body);
      if (judgement instanceof Promise || judgement.kind !== "admitted") {
        throw new Error("the decision is not the one to be measured");
      }
    }
    best = Math.min(best, ((performance.now() - start) * 1000) / 20_000);
  }
  return best;
}

async function countApiCalls(bench: Bench): Promise<number> {
  const tenant = await bench.issuer.open(well(bench));
  let asked = 0;
  const api = new URL("https://api.workos.com");
  const counting: typeof fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.host !== api.host) return fetch(input, init);
    asked += 1;
    return Promise.resolve(Response.json(url.pathname.endsWith("/roles") ? ROLES : MEMBERSHIPS));
  };
  const guard = workosProvider(
    {
      apiKey: "sk_test_bench",
      clientId: CLIENT_ID,
      baseURL: new URL(RESOURCE).origin,
      authkitDomain: tenant.issuer,
      insecureDevelopmentHosts: ["127.0.0.1"],
      access: { tools: { "*": { permissions: ["things:read"] } } },
      log: false,
    },
    { fetch: counting },
  );
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      Object.assign(request, { body: JSON.parse(Buffer.concat(chunks).toString()) as unknown });
      void guard(request, response, () => response.end("{}"));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const { statuses } = await drive(port, {
    tokens: [freshToken(bench, tenant.issuer, "ours")],
    requests: CALLS,
    connections: 8,
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "ping", arguments: {} },
    }),
  });
  server.closeAllConnections();
  server.close();
  if (statuses[200] !== CALLS) throw new Error(`the calls got ${JSON.stringify(statuses)}`);
  return asked;
}

const MEMBERSHIPS = {
  object: "list",
  data: [
    {
      object: "organization_membership",
      id: "om_01K0BENCH0000000000000000",
      user_id: "user_01K0ADA0000000000000000000",
      organization_id: "org_01K0ACME000000000000000000",
      organization_name: "Acme",
      status: "active",
      role: { slug: "member" },
      created_at: "2026-01-01T00:00:00.000Z",
      updated_at: "2026-01-01T00:00:00.000Z",
    },
  ],
  list_metadata: { before: null, after: null },
};

const ROLES = {
  object: "list",
  data: [
    {
      object: "role",
      id: "role_01K0BENCH000000000000000",
      name: "Member",
      slug: "member",
      description: null,
      permissions: ["things:read"],
      resource_type_slug: "organization",
      type: "EnvironmentRole",
      created_at: "2026-01-01T00:00:00.000Z",
      updated_at: "2026-01-01T00:00:00.000Z",
    },
  ],
};

async function measureLists(bench: Bench): Promise<number[]> {
  const { isQuick, say, issuer } = bench;
  say("access: building an app with 200 tools");
  const tenant = await issuer.open(well(bench));
  const app = await buildApp("lists");
  const token = freshToken(bench, tenant.issuer, "ours");
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
  pinSelf("0");
  const rate = async (lists: string): Promise<number> => {
    const running = await runApp(app, {
      issuer: tenant.issuer,
      pinned: isPinning,
      env: { LISTS: lists },
    });
    await drive(app.port, { tokens: [token], requests: isQuick ? 100 : 600, connections: 8, body });
    const { perSecond, wrong } = await saturate(app.port, { token, seconds: 2, body });
    await running.stop();
    if (wrong > 0) throw new Error(`${wrong} lists were refused`);
    return perSecond;
  };
  const shares: number[] = [];
  for (let pair = 0; pair < (isQuick ? 2 : 12); pair += 1) {
    say(`access: lists, pair ${pair + 1}`);
    // Every other pair the other way round.
    const first = await rate(pair % 2 === 0 ? "all" : "allowed");
    const second = await rate(pair % 2 === 0 ? "allowed" : "all");
    shares.push(pair % 2 === 0 ? second / first : first / second);
  }
  pinSelf("0,1");
  return shares;
}
