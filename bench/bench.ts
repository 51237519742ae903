import type { Target } from "./catalogue.ts";
import type { Behaviour } from "./messages.ts";
import { each } from "./numbers.ts";
import type { Issuer } from "./processes.ts";
import { claimsFor, makeKey, signToken, type SigningKey } from "./tokens.ts";

/** What every measurement works with. */
export interface Bench {
  readonly issuer: Issuer;
  readonly targets: readonly Target[];
  readonly pluginFolder: string | undefined;
  readonly isQuick: boolean;
  /** The issuer's key, and the one that comes with a rotation. */
  readonly key: SigningKey;
  readonly nextKey: SigningKey;
  readonly say: (line: string) => void;
}

export function makeKeys(): { readonly key: SigningKey; readonly nextKey: SigningKey } {
  return { key: makeKey("bench-1"), nextKey: makeKey("bench-2") };
}

/** An issuer that is well, with the first key. */
export function well({ key }: Bench): Behaviour {
  return { mode: "up", latency: 0, keys: [key.jwk] };
}

/** A valid token that no one has seen before. */
export function freshToken({ key }: Bench, issuer: string, target: string): string {
  return signToken(key, claimsFor(issuer, target));
}

export function tokenOf(key: SigningKey, issuer: string, target: string): string {
  return signToken(key, claimsFor(issuer, target));
}

/** Measures every target but the bare app, so many at once; those that do not start are left out. */
export async function measureEach<R>(
  { targets }: Bench,
  atOnce: number,
  measure: (name: string) => Promise<R | undefined>,
): Promise<Record<string, R>> {
  const names = targets.map(({ name }) => name).filter((name) => name !== "bare");
  const all = await each(names, atOnce, measure);
  const results: Record<string, R> = {};
  for (const [index, name] of names.entries()) {
    const result = all[index];
    if (result !== undefined) results[name] = result;
  }
  return results;
}
