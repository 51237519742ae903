import { measureEach, well, type Bench } from "../bench.ts";
import { startServer } from "../processes.ts";
import { claimsFor, signMany } from "../tokens.ts";

/** Megabytes after a full collection. */
export interface Reading {
  readonly rss: number;
  readonly heap: number;
}

/** What distinct tokens leave behind. */
export interface Memory {
  readonly start: Reading;
  /** After distinct valid tokens. */
  readonly afterValid: Reading;
  readonly valid: number;
  /** After distinct forged ones on top: well formed, of a known key, the signature wrong. */
  readonly afterForged: Reading;
  readonly forged: number;
}

const MEASURED: ReadonlySet<string> = new Set(["ours", "sdk-v1"]);
const MILLISECONDS = 150_000;
/** Tokens that go over to the server process at once. */
const LOT = 5_000;

/** The two run at the same time: there is no client to disturb, the tokens are presented inside the process. */
export async function measureMemory(bench: Bench): Promise<Record<string, Memory>> {
  const { issuer, isQuick, key, targets, say } = bench;
  const measured = targets.filter(({ name }) => MEASURED.has(name));
  if (measured.length === 0) return {};
  const tenant = await issuer.open(well(bench));
  const valid = isQuick ? 1_000 : 50_000;
  say(`memory: signing ${valid} tokens`);
  const tokens = await signMany(key, claimsFor(tenant.issuer, "ours"), valid);
  const forged = isQuick ? 5_000 : 1_000_000;
  return measureEach({ ...bench, targets: measured }, measured.length, async (name) => {
    const server = await startServer(name, { issuer: tenant.issuer });
    if (server === undefined) throw new Error(`${name} does not start`);
    const present = async (lot: readonly string[], count: number): Promise<number> => {
      const request = { kind: "present", tokens: lot, forged: count } as const;
      const answer = await server.ask({ ...request, milliseconds: MILLISECONDS });
      return (answer as { presented: number }).presented;
    };
    await present(tokens.slice(0, 500), 500);
    const start = reading(await server.ask({ kind: "memory" }));
    let presented = 0;
    for (let from = 0; from < tokens.length; from += LOT) {
      presented += await present(tokens.slice(from, from + LOT), 0);
    }
    const afterValid = reading(await server.ask({ kind: "memory" }));
    say(`memory: ${name} has seen ${presented} valid tokens`);
    const refused = await present(tokens.slice(0, 1), forged);
    const afterForged = reading(await server.ask({ kind: "memory" }));
    await server.stop();
    return { start, afterValid, valid: presented, afterForged, forged: refused };
  });
}

function reading(answer: unknown): Reading {
  const { rss, heapUsed } = answer as { rss: number; heapUsed: number };
  return { rss: rss / 2 ** 20, heap: heapUsed / 2 ** 20 };
}
