import { freshToken, well, measureEach, type Bench } from "../bench.ts";
import { drive, once } from "../load.ts";
import { startServer } from "../processes.ts";
import { claimsFor, unknownKeyToken } from "../tokens.ts";

/** How often the issuer's key set is read. */
export interface Fetches {
  /** For 100 first requests at once, the issuer taking 50 ms. */
  readonly stampede: number;
  /** For 1,000 requests with a valid token after that. */
  readonly warm: number;
  /** For 1,000 tokens with unknown keys at once right after that, and 35 seconds later. */
  readonly unknown: number;
  readonly unknownLater: number;
  /** How long the slower of those two floods took; one fetch a second is what unknown keys may cause. */
  readonly unknownSeconds: number;
  /** In an hour with one valid request every ten seconds. */
  readonly hour: number;
  /** Statuses other than 200 that valid tokens got in all of this. */
  readonly refused: number;
}

const UNKNOWN_LATER = 35_000;

export function measureFetches(bench: Bench): Promise<Record<string, Fetches>> {
  return measureEach(bench, 2, (name) => measureOne(bench, name));
}

async function measureOne(bench: Bench, name: string): Promise<Fetches | undefined> {
  const { issuer, pluginFolder, isQuick } = bench;
  const tenant = await issuer.open(well(bench));
  const server = await startServer(name, { issuer: tenant.issuer, pluginFolder });
  if (server === undefined) return undefined;
  const { port } = server;
  const tokens = [freshToken(bench, tenant.issuer, name)];
  const unknown = Array.from({ length: 1_000 }, () =>
    unknownKeyToken(claimsFor(tenant.issuer, name)),
  );
  let refused = 0;
  const fetchesOf = async (
    options: { tokens: readonly string[]; requests: number; connections: number },
    expected: number,
  ): Promise<number> => {
    const { statuses } = await drive(port, options);
    if (expected === 200) refused += options.requests - (statuses[200] ?? 0);
    return tenant.fetches();
  };

  await tenant.behave({ ...well(bench), latency: 50 });
  const stampede = await fetchesOf({ tokens, requests: 100, connections: 100 }, 200);
  await tenant.behave(well(bench));
  const warm = await fetchesOf({ tokens, requests: 1_000, connections: 10 }, 200);
  const flood = { tokens: unknown, requests: 1_000, connections: 1_000 };
  const began = performance.now();
  const unknownNow = await fetchesOf(flood, 401);
  const between = performance.now();
  await server.ask({ kind: "clock", ahead: UNKNOWN_LATER });
  const unknownLater = await fetchesOf(flood, 401);
  const unknownSeconds = Math.max(between - began, performance.now() - between) / 1000;
  let hour = 0;
  const start = 10 * 60_000;
  for (let at = 0; at < 3_600_000; at += isQuick ? 20_000 : 10_000) {
    await server.ask({ kind: "clock", ahead: start + at });
    if ((await once(port, tokens[0] ?? "")).status !== 200) refused += 1;
  }
  hour = await tenant.fetches();
  await server.stop();
  return { stampede, warm, unknown: unknownNow, unknownLater, unknownSeconds, hour, refused };
}
