import type { WorkOS } from "@workos-inc/node";
import { beforeAll, beforeEach, onTestFinished } from "vitest";
import {
  createEmulator,
  defaultSeed,
  startEmulator,
  type Emulator,
  type EmulatorOptions,
  type StartOptions,
} from "../../src/index.js";
import { register } from "./oauth-client.js";
import { sdkFor } from "./sdk.js";

export const START: number = Date.UTC(2026, 0, 1);
export const RESOURCE = "http://127.0.0.1:3002/mcp";
export const OTHER_RESOURCE = "http://127.0.0.1:3003/mcp";

/** Two resources, and tokens that expire soon. */
export const SHORT_LIVED: EmulatorOptions = {
  seed: { ...defaultSeed, resources: [{ uri: RESOURCE, default: true }, { uri: OTHER_RESOURCE }] },
  accessTokenLifetimeSeconds: 120,
  refreshTokenLifetimeSeconds: 3_600,
};

/** An emulator in process. */
export interface InProcess {
  readonly emulator: Emulator;
  /** A public client that is registered there. */
  readonly clientId: string;
  /** What its clock shows: `START` when a test begins. */
  time: number;
}

/** Creates an emulator that the tests of a file share. */
export function useEmulator(options: EmulatorOptions = {}): InProcess {
  const shared = { time: START } as { -readonly [Key in keyof InProcess]: InProcess[Key] };
  beforeAll(async () => {
    shared.emulator = createEmulator({ now: () => shared.time, ...options });
    shared.clientId = await register(shared.emulator);
  });
  beforeEach(() => {
    shared.time = START;
  });
  return shared;
}

/** An emulator that listens, and the real SDK pointed at it. */
export interface Listening {
  readonly emulator: Emulator;
  readonly workos: WorkOS;
}

/** Starts an emulator that the tests of a file share, or one for each test. */
export function useServer(
  options: EmulatorOptions = {},
  before: typeof beforeAll | typeof beforeEach = beforeAll,
): Listening {
  const shared = {} as { -readonly [Key in keyof Listening]: Listening[Key] };
  before(async () => {
    Object.assign(shared, await listen({ now: () => START, ...options }));
    return () => shared.emulator.close();
  });
  return shared;
}

/** Starts an emulator for the test that runs; it ends with the test. */
export async function startServer(options: StartOptions = {}): Promise<Listening> {
  const server = await listen(options);
  onTestFinished(() => server.emulator.close());
  return server;
}

async function listen(options: StartOptions): Promise<Listening> {
  const emulator = await startEmulator(options);
  return { emulator, workos: sdkFor(emulator, emulator.apiKey) };
}
