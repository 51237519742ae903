import { createExchange, type Exchange } from "../exchange/exchange.js";
import { createOpenStreams } from "../exchange/open-streams.js";
import {
  readConfiguration,
  type Settings,
  type WorkOSProviderConfig,
} from "../server/configuration.js";
import { createResourceServer, type ResourceServer } from "../server/resource-server.js";
import type { Runtime } from "../server/runtime.js";
import { readOverrides, type RuntimeOverrides } from "../server/runtime-overrides.js";
import { registerProvider } from "../session/store.js";
import { byTimer } from "./by-timer.js";
import { createRuntime, type Platform } from "./create-runtime.js";

/** What waits is delivered for so long at the end, in milliseconds; orchestrators kill after ten seconds or more. */
const LONGEST_FLUSH = 5_000;

/** A resource server that a host can put its requests through. */
export interface Assembled {
  readonly overrides: RuntimeOverrides;
  readonly settings: Settings;
  readonly runtime: Runtime;
  readonly server: ResourceServer;
  readonly exchange: Exchange;
  /** Ends the long streams and what runs in the background, and delivers what waits; the same closing when called again. */
  readonly close: () => Promise<void>;
}

/**
 * Reads a configuration and makes of it what every host needs.
 *
 * @throws ConfigurationError with every problem of the configuration.
 */
export function assemble(
  config: WorkOSProviderConfig,
  given: RuntimeOverrides,
  platform: Platform,
  env: NonNullable<RuntimeOverrides["env"]>,
): Assembled {
  const overrides = readOverrides(given);
  const settings = readConfiguration(config, overrides.env ?? env);
  const runtime = createRuntime(overrides, settings.observers, settings.log, platform);
  const server = createResourceServer(settings, runtime);
  const streams = createOpenStreams({
    now: runtime.now,
    schedule: byTimer,
    isOver: server.isOver,
    clockToleranceSeconds: settings.clockToleranceSeconds,
    maxPerCaller: settings.maxStreamsPerCaller,
  });
  registerProvider(server.provider);

  const end = async (): Promise<void> => {
    // Timers here keep no process alive; a delivery that waits for its turn must.
    const alive = setTimeout(() => undefined, LONGEST_FLUSH);
    try {
      streams.close();
      await server.close(LONGEST_FLUSH);
    } finally {
      clearTimeout(alive);
    }
  };
  let closing: Promise<void> | undefined;
  return {
    overrides,
    settings,
    runtime,
    server,
    exchange: createExchange({ server, runtime, streams }),
    close: () => (closing ??= end()),
  };
}
