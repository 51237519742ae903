import { createServer } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildApp, type App } from "../apps.ts";
import { well, type Bench } from "../bench.ts";
import { median } from "../numbers.ts";
import { pinSelf } from "../processes.ts";
import { loadBoth, startApp, type Running } from "./built-app.ts";

/** What observers cost a built app: its throughput with all of them as a share of the same app without; medians. */
export interface TrailCost {
  /** The audit log's outbox in memory. */
  readonly inMemory: number;
  /** The audit log's outbox in a file. */
  readonly inAFile: number;
  /** The same by CPU time a request. Not on systems without /proc. */
  readonly capacity: number | undefined;
}

export async function measureTrail(bench: Bench): Promise<TrailCost> {
  const { isQuick, say, issuer } = bench;
  say("trail: building");
  const tenant = await issuer.open(well(bench));
  const folder = mkdtempSync(join(tmpdir(), "bench-outbox-"));
  const api = await takeEverything();
  const ours = await buildApp("ours");
  const observing = await buildApp("observed");
  const start = (app: App, env: Record<string, string>): Promise<Running> =>
    startApp(bench, tenant.issuer, app, { WORKOS_API_URL: api.url, ...env });
  const shares: { memory: number[]; file: number[]; cpu: number[] } = {
    memory: [],
    file: [],
    cpu: [],
  };
  pinSelf("0");
  // Two processes of the same code differ by as much as what is measured, so each series has its own.
  const series = isQuick ? 1 : 5;
  for (let one = 0; one < series; one += 1) {
    say(`trail: series ${one + 1} of ${series}`);
    const plain = await start(ours, {});
    for (const kind of ["memory", "file"] as const) {
      const outbox = kind === "file" ? { OUTBOX: join(folder, `audit-${one}`) } : {};
      const observed = await start(observing, outbox);
      for (let pair = 0; pair < (isQuick ? 2 : 4); pair += 1) {
        const [without, withAll] = await loadBoth(plain, observed, pair % 2 === 1);
        shares[kind].push(withAll.perSecond / without.perSecond);
        if (kind === "memory") shares.cpu.push(without.cpu / withAll.cpu);
      }
      await observed.stop();
    }
    await plain.stop();
  }
  pinSelf("0,1");
  if (api.taken() === 0) throw new Error("no audit log event was sent, so nothing was measured");
  api.close();
  rmSync(folder, { recursive: true });
  const capacity = median(shares.cpu);
  return {
    inMemory: median(shares.memory),
    inAFile: median(shares.file),
    capacity: Number.isFinite(capacity) ? capacity : undefined,
  };
}

/** A WorkOS API that takes every audit log event. */
async function takeEverything(): Promise<{ url: string; taken: () => number; close: () => void }> {
  let taken = 0;
  const server = createServer((request, response) => {
    request.resume().once("end", () => {
      taken += 1;
      response.writeHead(201, { "content-type": "application/json" }).end('{"success":true}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    taken: () => taken,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
