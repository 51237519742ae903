import { freshToken, well, type Bench } from "../bench.ts";
import { drive, saturate } from "../load.ts";
import { least, median, quantile, shuffled } from "../numbers.ts";
import { pinSelf, startServer, type Server } from "../processes.ts";
import { claimsFor, signMany } from "../tokens.ts";

/** What one request costs. Everything is over the bare app, except the bare app's own. */
export interface Cost {
  /** CPU microseconds of the server process a request, the token known; the least of all rounds. */
  readonly cpu: number;
  /** The same inside the process, without sockets and with everything in the processor's caches: the code alone. */
  readonly codeCpu: number;
  /** Over HTTP with tokens never seen before. */
  readonly newTokenCpu: number;
  /** Microseconds, one client; the median of the rounds. */
  readonly p50: number;
  readonly p99: number;
  /** Requests a second on eight connections, as a share of bare; the median of the rounds. */
  readonly throughput: number;
  /** The same share by CPU: what the server could answer if a core were its own. */
  readonly capacity: number;
}

interface Round {
  readonly cpu: number;
  readonly codeCpu: number;
  readonly newTokenCpu: number;
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
}

/** Measures all targets in rounds of random order, so that a busy moment of the machine hits no one in particular. */
export async function measureCost(bench: Bench): Promise<Record<string, Cost>> {
  const { targets, isQuick, pluginFolder, key, issuer, say } = bench;
  const rounds = isQuick ? 2 : 12;
  const newTokens = isQuick ? 150 : 300;
  const tenant = await issuer.open(well(bench));
  const pools = new Map<string, readonly string[]>();
  for (const kind of ["ours", "xmcp-plugin"]) {
    const claims = claimsFor(tenant.issuer, kind);
    pools.set(kind, await signMany(key, claims, rounds * newTokens));
  }
  pinSelf("0");
  const servers: Server[] = [];
  for (const { name } of targets) {
    const options = { issuer: tenant.issuer, pluginFolder, core: "1" };
    const server = await startServer(name, options);
    if (server === undefined) continue;
    servers.push(server);
    const tokens = [freshToken(bench, tenant.issuer, name)];
    const warmUp = { tokens, requests: isQuick ? 1_000 : 24_000, connections: 8 };
    const { statuses } = await drive(server.port, warmUp);
    if (Object.keys(statuses).join() !== "200") {
      throw new Error(`${name} does not accept a valid token: ${JSON.stringify(statuses)}`);
    }
  }
  const results = new Map<string, Round[]>(servers.map(({ target }) => [target, []]));
  for (let round = 0; round < rounds; round += 1) {
    say(`cost: round ${round + 1} of ${rounds}`);
    for (const server of shuffled(servers)) {
      const pool = pools.get(server.target) ?? pools.get("ours") ?? [];
      results.get(server.target)?.push(
        await measureRound(server, {
          token: freshToken(bench, tenant.issuer, server.target),
          unseen: pool.slice(round * newTokens, (round + 1) * newTokens),
          isQuick,
        }),
      );
    }
  }
  for (const server of servers) await server.stop();
  pinSelf("0,1");
  const bare = results.get("bare") ?? [];
  return Object.fromEntries([...results].map(([name, own]) => [name, summarize(own, bare, name)]));
}

async function measureRound(
  server: Server,
  { token, unseen, isQuick }: { token: string; unseen: readonly string[]; isQuick: boolean },
): Promise<Round> {
  const { port } = server;
  const cpuTime = async (): Promise<number> => (await server.ask({ kind: "cpu" })) as number;
  await drive(port, { tokens: [token], requests: 50 });
  const alone = await drive(port, { tokens: [token], requests: isQuick ? 300 : 600 });
  const before = await cpuTime();
  const many = await saturate(port, { token, seconds: 1 });
  const between = await cpuTime();
  await drive(port, { tokens: unseen, requests: unseen.length, connections: 8 });
  const after = await cpuTime();
  const times = isQuick ? 1_000 : 3_000;
  const codeCpu = (await server.ask({ kind: "repeat", token, times })) as number;
  if (many.wrong > 0) throw new Error(`${server.target} refused ${many.wrong} valid requests`);
  return {
    cpu: (between - before) / many.answered,
    codeCpu,
    newTokenCpu: (after - between) / unseen.length,
    p50: quantile(alone.latencies, 0.5) * 1000,
    p99: quantile(alone.latencies, 0.99) * 1000,
    perSecond: many.perSecond,
  };
}

function summarize(own: readonly Round[], bare: readonly Round[], name: string): Cost {
  const leastOf = (rounds: readonly Round[], read: (round: Round) => number): number =>
    least(rounds.map(read));
  const over = (read: (round: Round) => number): number =>
    median(own.map((round, index) => read(round) - read(bare[index] ?? round)));
  const isBare = name === "bare";
  const leastOver = (read: (round: Round) => number): number =>
    leastOf(own, read) - (isBare ? 0 : leastOf(bare, read));
  return {
    cpu: leastOver(({ cpu }) => cpu),
    codeCpu: leastOver(({ codeCpu }) => codeCpu),
    newTokenCpu: leastOver(({ newTokenCpu }) => newTokenCpu),
    p50: isBare ? median(own.map(({ p50 }) => p50)) : over(({ p50 }) => p50),
    p99: isBare ? median(own.map(({ p99 }) => p99)) : over(({ p99 }) => p99),
    throughput: median(
      own.map(({ perSecond }, index) => perSecond / (bare[index]?.perSecond ?? perSecond)),
    ),
    capacity: leastOf(bare, ({ cpu }) => cpu) / leastOf(own, ({ cpu }) => cpu),
  };
}
