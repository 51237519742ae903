import { readConfiguration, type WorkOSProviderConfig } from "../../server/configuration.js";
import { createExchange } from "../../exchange/exchange.js";
import { createOpenStreams } from "../../exchange/open-streams.js";
import { createResourceServer } from "../../server/resource-server.js";
import { readOverrides, type RuntimeOverrides } from "../../server/runtime-overrides.js";
import { registerProvider } from "../../session/store.js";
import { createListeningCheck } from "../node/listening-check.js";
import type { WorkOSMiddleware } from "../node/middleware.js";
import { createMountProof } from "../node/mount-proof.js";
import { createNodeHandler } from "../node/node-handler.js";
import { createRuntime } from "../node/runtime.js";
import { byTimer } from "../node/timer.js";
import { closeOnSignal } from "./close-on-signal.js";
import { learnFromServer } from "./learn-from-server.js";

/**
 * Makes an xmcp server an OAuth 2.1 resource server for WorkOS AuthKit: export
 * the result from `src/middleware.ts` as it is.
 *
 * Guards every request that reaches it, serves both well-known documents, and
 * lends tools `getSession()`, `getUser()` and `getClient()`. With `access` it decides who may
 * use which tool; without, every authenticated caller may use all of them. The handler never rejects; on a fault of its own it
 * refuses the request. It needs Node's HTTP objects: a host that calls it
 * otherwise gets a refusal, never an open door.
 *
 * @throws ConfigurationError with every problem of the configuration.
 * @see RFC 6750, RFC 9728, RFC 9068; MCP 2025-11-25 basic/authorization
 */
export function workosProvider(
  config: WorkOSProviderConfig = {},
  given: RuntimeOverrides = {},
): WorkOSMiddleware {
  const overrides = readOverrides(given);
  const settings = readConfiguration(config, overrides.env ?? process.env);
  const runtime = createRuntime(overrides, settings.observers, settings.log);
  const server = createResourceServer(settings, runtime);
  const streams = createOpenStreams({
    now: runtime.now,
    schedule: byTimer,
    isOver: server.isOver,
    clockToleranceSeconds: settings.clockToleranceSeconds,
    maxPerCaller: settings.maxStreamsPerCaller,
  });
  const { exit = (code) => process.exit(code) } = overrides;
  const proof = createMountProof(settings, {
    ...runtime,
    audience: server.audience,
    exit: settings.exitWhenUnguarded ? exit : undefined,
  });
  const handler = createNodeHandler({
    exchange: createExchange({ server, runtime, streams }),
    settings,
    runtime,
    listening: createListeningCheck(settings, runtime.trail, runtime.schedule),
    proof,
  });

  let forget = (): void => undefined;
  const end = async (): Promise<void> => {
    // Timers here keep no process alive; a delivery that waits for its turn must.
    const alive = setTimeout(() => undefined, LONGEST_FLUSH);
    try {
      streams.close();
      proof.close();
      await server.close(LONGEST_FLUSH);
    } finally {
      clearTimeout(alive);
      forget();
    }
  };
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= end());
  if (server.delivers) forget = closeOnSignal(close);

  registerProvider(server.provider);
  const { access, recordArguments } = settings;
  if (access !== undefined || recordArguments.size > 0 || runtime.learnNames !== undefined) {
    setImmediate(() => void learnFromServer(settings, runtime));
  }
  setImmediate(server.start);
  return Object.assign(handler, { health: server.health, close });
}

/** What waits is delivered for so long at the end, in milliseconds; orchestrators kill after ten seconds or more. */
const LONGEST_FLUSH = 5_000;
