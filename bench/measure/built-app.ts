import { readFileSync } from "node:fs";
import { buildApp, runApp, type App } from "../apps.ts";
import { freshToken, well, type Bench } from "../bench.ts";
import { drive, saturate } from "../load.ts";
import { median, quantile } from "../numbers.ts";
import { isPinning, pinSelf } from "../processes.ts";

/** A real app, built by xmcp, beside the same app without authentication. */
export interface BuiltApp {
  /** Bytes of `dist` over those of the app without authentication. */
  readonly bytes: number;
  /** Requests a second on eight connections as a share of the app without; the median of the pairs. */
  readonly throughput: number;
  /** Every pair's share. */
  readonly pairs: readonly number[];
  /** The same share by CPU time a request; the median of the pairs. Not on systems without /proc. */
  readonly capacity: number | undefined;
}

/** The same app with ours, with plain jose and with neither, in turns of 128 requests of one process. */
export interface InTurns {
  /** CPU time of a request without as a share of that with; the median of the pairs of turns, and their quartiles. */
  readonly capacity: number;
  readonly quartiles: readonly [number, number];
  readonly pairs: number;
  /** CPU time that ours adds to a request, in microseconds; medians. */
  readonly added: number;
  /** The same of `jwtVerify()` with `createRemoteJWKSet()`. */
  readonly addedByJose: number;
}

export interface BuiltApps {
  readonly plainBytes: number;
  readonly plainPerSecond: number;
  readonly with: Readonly<Record<string, BuiltApp>>;
  /** Not measured when ours is not among the targets. */
  readonly inTurns: InTurns | undefined;
}

const CALL = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "ping", arguments: {} },
});

/** An app that runs, and a token that it takes. */
export interface Running {
  readonly app: App;
  readonly token: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

export async function measureBuiltApps(bench: Bench): Promise<BuiltApps> {
  const { pluginFolder, isQuick, targets, say, issuer } = bench;
  const tenant = await issuer.open(well(bench));
  const guards = ["ours", "xmcp-plugin"];
  const names = guards.filter((name) => targets.some((one) => one.name === name));
  const apps: App[] = [];
  for (const name of ["none", "no-op", ...names]) {
    say(`app: building with ${name}`);
    apps.push(await buildApp(name, name === "xmcp-plugin" ? pluginFolder : undefined));
  }
  const [none, ...others] = apps as [App, ...App[]];
  const start = (app: App): Promise<Running> => startApp(bench, tenant.issuer, app);
  const shares = new Map(others.map(({ name }) => [name, [] as Share[]]));
  const plainRates: number[] = [];
  pinSelf("0");
  // Two processes of the same code differ by as much as what is measured, so each series has its own.
  const series = isQuick ? 1 : 6;
  for (let one = 0; one < series; one += 1) {
    say(`app: series ${one + 1} of ${series}`);
    const plain = await start(none);
    for (const app of others) {
      const guarded = await start(app);
      for (let pair = 0; pair < (isQuick ? 2 : 4); pair += 1) {
        const [without, withAuth] = await loadBoth(plain, guarded, pair % 2 === 1);
        plainRates.push(without.perSecond);
        shares.get(app.name)?.push({
          throughput: withAuth.perSecond / without.perSecond,
          capacity: without.cpu / withAuth.cpu,
        });
      }
      await guarded.stop();
    }
    await plain.stop();
  }
  const inTurns = names.includes("ours") ? await measureInTurns(start, isQuick) : undefined;
  pinSelf("0,1");
  const result = others.map((app) => {
    const own = shares.get(app.name) ?? [];
    const capacity = median(own.map((one) => one.capacity));
    const built: BuiltApp = {
      bytes: app.bytes - none.bytes,
      throughput: median(own.map((one) => one.throughput)),
      pairs: own.map((one) => one.throughput),
      capacity: Number.isFinite(capacity) ? capacity : undefined,
    };
    return [app.name, built] as const;
  });
  return {
    plainBytes: none.bytes,
    plainPerSecond: median(plainRates),
    with: Object.fromEntries(result),
    inTurns,
  };
}

/** Whatever makes two processes differ, or the machine slower for a while, is the same for both here. */
async function measureInTurns(
  start: (app: App) => Promise<Running>,
  isQuick: boolean,
): Promise<InTurns> {
  const running = await start(await buildApp("toggled"));
  const costs = async (): Promise<
    Readonly<Record<"guarded" | "jose" | "open", readonly number[]>>
  > => {
    const answer = await fetch(`http://127.0.0.1:${running.app.port}/costs`);
    return (await answer.json()) as Awaited<ReturnType<typeof costs>>;
  };
  const before = await costs();
  await call(running, isQuick ? 2_000 : 120_000);
  const after = await costs();
  await running.stop();
  const guarded = after.guarded.slice(before.guarded.length);
  const open = after.open.slice(before.open.length);
  const jose = after.jose.slice(before.jose.length);
  const shares = open.slice(0, guarded.length).map((cost, pair) => cost / (guarded[pair] ?? cost));
  return {
    capacity: median(shares),
    quartiles: [quantile(shares, 0.25), quantile(shares, 0.75)],
    pairs: shares.length,
    added: median(guarded) - median(open),
    addedByJose: median(jose) - median(open),
  };
}

/** Starts an app, and calls it until its code is compiled. */
export async function startApp(
  bench: Bench,
  issuer: string,
  app: App,
  env: Record<string, string> = {},
): Promise<Running> {
  const process = await runApp(app, { issuer, pinned: isPinning, env });
  const running = { app, token: freshToken(bench, issuer, app.name), ...process };
  await call(running, bench.isQuick ? 300 : 6_000);
  return running;
}

/** Calls an app so many times. */
async function call({ app, token }: Running, requests: number): Promise<void> {
  const { statuses } = await drive(app.port, {
    tokens: [token],
    requests,
    connections: 8,
    body: CALL,
  });
  if (Object.keys(statuses).join() !== "200") {
    throw new Error(`the app with ${app.name} answers ${JSON.stringify(statuses)}`);
  }
}

interface Share {
  readonly throughput: number;
  readonly capacity: number;
}

/** What a second of load found: requests a second, and what one costs in the kernel's ticks. */
interface Load {
  readonly perSecond: number;
  readonly cpu: number;
}

/** Loads two apps one after the other, now this one first and now that: the second may find a slower machine. */
export async function loadBoth(
  one: Running,
  other: Running,
  otherFirst: boolean,
): Promise<readonly [Load, Load]> {
  const first = await load(otherFirst ? other : one);
  const second = await load(otherFirst ? one : other);
  return otherFirst ? [second, first] : [first, second];
}

/** Loads an app for a second, on eight connections. */
async function load({ app, token, pid }: Running): Promise<Load> {
  const before = cpuTicks(pid);
  const options = { token, seconds: 1, body: CALL };
  const { answered, perSecond, wrong } = await saturate(app.port, options);
  if (wrong > 0) throw new Error(`the app with ${app.name} refused ${wrong} valid requests`);
  return { perSecond, cpu: (cpuTicks(pid) - before) / answered };
}

/** CPU time of a process in the kernel's ticks; NaN where there is no /proc. */
function cpuTicks(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return Number.NaN;
  }
}
