import type { Access } from "./measure/access.ts";
import type { BuiltApps } from "./measure/built-app.ts";
import type { Cost } from "./measure/cost.ts";
import type { Fetches } from "./measure/key-sets.ts";
import type { Memory } from "./measure/memory.ts";
import type { Outage } from "./measure/outage.ts";
import type { TrailCost } from "./measure/trail.ts";
import type { Rotation } from "./measure/rotation.ts";

/** Everything a run found out; what was not measured is not there. */
export interface Results {
  readonly date: string;
  readonly command: string;
  readonly machine: string;
  readonly node: string;
  readonly commit: string;
  readonly pinning: string;
  readonly isQuick: boolean;
  readonly seconds: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly cost?: Readonly<Record<string, Cost>>;
  readonly fetches?: Readonly<Record<string, Fetches>>;
  readonly rotation?: Readonly<Record<string, Rotation>>;
  readonly outage?: Readonly<Record<string, Outage>>;
  readonly memory?: Readonly<Record<string, Memory>>;
  readonly imports?: Readonly<Record<string, number>>;
  readonly apps?: BuiltApps;
  readonly access?: Access;
  readonly trail?: TrailCost;
}
