import { freshToken, well, measureEach, type Bench } from "../bench.ts";
import { once } from "../load.ts";
import { startServer } from "../processes.ts";

/** What a valid token gets while the issuer cannot be asked. */
export interface Outage {
  /** The issuer refuses connections from the start; `undefined`: the server does not start. */
  readonly cold: number | undefined;
  /** The issuer takes connections and says nothing; the status, 0 for none, and seconds until it came. */
  readonly hanging: { readonly status: number; readonly seconds: number } | undefined;
  /** The issuer refuses connections since the server saw its keys: by minutes, for a token it knows and one it does not. */
  readonly warm: readonly {
    readonly minutes: number;
    readonly known: number;
    readonly unseen: number;
  }[];
}

const MINUTES = [5, 15, 60, 65];
/** How long a client waits for an answer, in milliseconds. */
const PATIENCE = 16_000;

export function measureOutage(bench: Bench): Promise<Record<string, Outage>> {
  return measureEach(bench, 3, (name) => measureOne(bench, name));
}

async function measureOne(bench: Bench, name: string): Promise<Outage> {
  return {
    cold: await coldStart(bench, name),
    hanging: await hanging(bench, name),
    warm: await whenWarm(bench, name),
  };
}

async function coldStart(bench: Bench, name: string): Promise<number | undefined> {
  const { issuer, pluginFolder } = bench;
  const tenant = await issuer.open({ ...well(bench), mode: "down" });
  const server = await startServer(name, { issuer: tenant.issuer, pluginFolder });
  if (server === undefined) return undefined;
  const { status } = await once(server.port, freshToken(bench, tenant.issuer, name), PATIENCE);
  await server.stop();
  return status;
}

async function hanging(bench: Bench, name: string): Promise<Outage["hanging"]> {
  const { issuer, pluginFolder } = bench;
  const tenant = await issuer.open({ ...well(bench), mode: "hanging" });
  const server = await startServer(name, { issuer: tenant.issuer, pluginFolder });
  if (server === undefined) return undefined;
  const token = freshToken(bench, tenant.issuer, name);
  const { status, milliseconds } = await once(server.port, token, PATIENCE);
  await server.stop();
  return { status, seconds: milliseconds / 1000 };
}

async function whenWarm(bench: Bench, name: string): Promise<Outage["warm"]> {
  const { issuer, pluginFolder } = bench;
  const tenant = await issuer.open(well(bench));
  const server = await startServer(name, { issuer: tenant.issuer, pluginFolder });
  if (server === undefined) return [];
  const known = freshToken(bench, tenant.issuer, name);
  const ask = async (token: string): Promise<number> =>
    (await once(server.port, token, PATIENCE)).status;
  if ((await ask(known)) !== 200) throw new Error(`${name} refuses a valid token`);
  await tenant.behave({ ...well(bench), mode: "down" });
  const warm = [];
  for (const minutes of MINUTES) {
    await server.ask({ kind: "clock", ahead: minutes * 60_000 });
    warm.push({
      minutes,
      known: await ask(known),
      unseen: await ask(freshToken(bench, tenant.issuer, name)),
    });
  }
  await server.stop();
  return warm;
}
