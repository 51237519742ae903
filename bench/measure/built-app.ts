import { readFileSync } from "node:fs";
import { buildApp, runApp, type App } from "../apps.ts";
import { freshToken, well, type Bench } from "../bench.ts";
import { drive, saturate } from "../load.ts";
import { median } from "../numbers.ts";
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

export interface BuiltApps {
  readonly plainBytes: number;
  readonly plainPerSecond: number;
  readonly with: Readonly<Record<string, BuiltApp>>;
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
  const running: Running[] = [];
  for (const name of ["none", "no-op", ...names]) {
    say(`app: building with ${name}`);
    const app = await buildApp(name, name === "xmcp-plugin" ? pluginFolder : undefined);
    const process = await runApp(app, { issuer: tenant.issuer, pinned: isPinning });
    const token = freshToken(bench, tenant.issuer, name);
    running.push({ app, token, ...process });
  }
  pinSelf("0");
  const [plain, ...guarded] = running as [Running, ...Running[]];
  for (const one of running) await warmUp(one, isQuick ? 300 : 6_000);
  const shares = new Map(guarded.map(({ app }) => [app.name, [] as Share[]]));
  const plainRates: number[] = [];
  const pairs = isQuick ? 2 : 16;
  for (let pair = 0; pair < pairs; pair += 1) {
    say(`app: pair ${pair + 1} of ${pairs}`);
    for (const one of guarded) {
      // Every other pair the other way round: whoever comes second may find a slower machine.
      const order = pair % 2 === 0 ? [plain, one] : [one, plain];
      const loads = [];
      for (const each of order) loads.push({ each, ...(await load(each)) });
      const without = loads.find(({ each }) => each === plain);
      const withAuth = loads.find(({ each }) => each === one);
      if (without === undefined || withAuth === undefined) continue;
      plainRates.push(without.perSecond);
      shares.get(one.app.name)?.push({
        throughput: withAuth.perSecond / without.perSecond,
        capacity: without.cpu / withAuth.cpu,
      });
    }
  }
  for (const { stop } of running) await stop();
  pinSelf("0,1");
  const result = guarded.map(({ app }) => {
    const own = shares.get(app.name) ?? [];
    const capacity = median(own.map((one) => one.capacity));
    const built: BuiltApp = {
      bytes: app.bytes - plain.app.bytes,
      throughput: median(own.map((one) => one.throughput)),
      pairs: own.map((one) => one.throughput),
      capacity: Number.isFinite(capacity) ? capacity : undefined,
    };
    return [app.name, built] as const;
  });
  return {
    plainBytes: plain.app.bytes,
    plainPerSecond: median(plainRates),
    with: Object.fromEntries(result),
  };
}

/** Calls an app until its code is compiled. */
export async function warmUp({ app, token }: Running, requests: number): Promise<void> {
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

/** Loads an app for a second, on eight connections; what a request costs is in the kernel's ticks. */
export async function load({
  app,
  token,
  pid,
}: Running): Promise<{ perSecond: number; cpu: number }> {
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
