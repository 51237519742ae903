import type { World } from "./world.ts";

/** One thing that the guard does, whatever it runs on. */
export interface Case {
  /** Its group and its name there. */
  readonly id: `${string}.${string}`;
  /** Subject, verb, result. */
  readonly title: string;
  /** Asks the host from outside, and rejects when it does otherwise. */
  readonly run: (world: World) => Promise<void>;
}
