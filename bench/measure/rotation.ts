import { setTimeout as wait } from "node:timers/promises";
import { freshToken, tokenOf, well, measureEach, type Bench } from "../bench.ts";
import { once } from "../load.ts";
import { startServer } from "../processes.ts";

/** What a change of keys does. */
export interface Rotation {
  /** Seconds for which tokens of a newly published key are refused, the last fetch just before; real time. */
  readonly gap: number;
  /** Whether the wait was over before the tokens were accepted. */
  readonly isGapOpen: boolean;
  /** Seconds for which a withdrawn key is still accepted, by a moved clock; `undefined`: longer than 65 minutes. */
  readonly withdrawnFor: number | undefined;
}

const POLL = 250;
/** Steps in which the clock is moved after a withdrawal, and the last one, in milliseconds. */
const STEP = 15_000;
const LAST_STEP = 65 * 60_000;

export function measureRotation(bench: Bench): Promise<Record<string, Rotation>> {
  return measureEach(bench, bench.targets.length, (name) => measureOne(bench, name));
}

async function measureOne(bench: Bench, name: string): Promise<Rotation | undefined> {
  const { issuer, pluginFolder, key, nextKey, isQuick } = bench;
  const tenant = await issuer.open(well(bench));
  const server = await startServer(name, { issuer: tenant.issuer, pluginFolder });
  if (server === undefined) return undefined;
  const { port } = server;
  const old = freshToken(bench, tenant.issuer, name);
  if ((await once(port, old)).status !== 200) throw new Error(`${name} refuses a valid token`);

  await tenant.behave({ ...well(bench), keys: [key.jwk, nextKey.jwk] });
  const start = performance.now();
  const patience = isQuick ? 3_000 : 60_000;
  let isAccepted = false;
  let gap = 0;
  while (!isAccepted && gap < patience) {
    const { status } = await once(port, tokenOf(nextKey, tenant.issuer, name));
    isAccepted = status === 200;
    if (isAccepted) break;
    await wait(POLL);
    gap = performance.now() - start;
  }

  await tenant.behave({ ...well(bench), keys: [nextKey.jwk] });
  let withdrawnFor: number | undefined;
  for (let passed = 0; passed <= LAST_STEP && withdrawnFor === undefined; passed += STEP) {
    await server.ask({ kind: "clock", ahead: passed });
    if ((await once(port, old)).status !== 200) withdrawnFor = passed / 1000;
  }
  await server.stop();
  return { gap: gap / 1000, isGapOpen: !isAccepted, withdrawnFor };
}
