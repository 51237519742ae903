import { createServer } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildApp, runApp } from "../apps.ts";
import { freshToken, well, type Bench } from "../bench.ts";
import { median } from "../numbers.ts";
import { isPinning, pinSelf } from "../processes.ts";
import { load, warmUp, type Running } from "./built-app.ts";

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
  const start = async (name: string, env: Record<string, string>): Promise<Running> => {
    const app = await buildApp(name === "file" ? "observed" : name);
    const process = await runApp(app, {
      issuer: tenant.issuer,
      pinned: isPinning,
      env: { WORKOS_API_URL: api.url, ...env },
    });
    const token = freshToken(bench, tenant.issuer, "ours");
    const running = { app, token, ...process };
    await warmUp(running, isQuick ? 300 : 6_000);
    return running;
  };
  const plain = await start("ours", {});
  const shares: { memory: number[]; file: number[]; cpu: number[] } = {
    memory: [],
    file: [],
    cpu: [],
  };
  for (const kind of ["memory", "file"] as const) {
    const observed = await start(
      "observed",
      kind === "file" ? { OUTBOX: join(folder, "audit") } : {},
    );
    pinSelf("0");
    const pairs = isQuick ? 2 : 12;
    for (let pair = 0; pair < pairs; pair += 1) {
      say(`trail: in ${kind}, pair ${pair + 1} of ${pairs}`);
      // Every other pair the other way round: whoever comes second may find a slower machine.
      const first = await load(pair % 2 === 0 ? plain : observed);
      const second = await load(pair % 2 === 0 ? observed : plain);
      const [without, withAll] = pair % 2 === 0 ? [first, second] : [second, first];
      shares[kind].push(withAll.perSecond / without.perSecond);
      if (kind === "memory") shares.cpu.push(without.cpu / withAll.cpu);
    }
    await observed.stop();
    pinSelf("0,1");
  }
  await plain.stop();
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
