import type { WorkOSProviderConfig } from "../../server/configuration.js";
import type { RuntimeOverrides } from "../../server/runtime-overrides.js";
import { assemble, type Assembled } from "../assemble.js";
import { createListeningCheck } from "./listening-check.js";
import { createMountProof } from "./mount-proof.js";
import { createNodeHandler, type NodeHandler } from "./node-handler.js";
import { nodePlatform } from "./platform.js";
import { bodyReader } from "./read-body.js";

/** The guard of a server with Node's HTTP objects, and what it is made of. */
export interface NodeGuard extends Assembled {
  readonly handler: NodeHandler;
}

/**
 * Makes the guard of a server with Node's HTTP objects, looks for proof that it is mounted, and begins what runs in the
 * background.
 *
 * @param readsBody whether it reads a JSON body that nothing has read.
 * @throws ConfigurationError with every problem of the configuration.
 */
export function createNodeGuard(
  config: WorkOSProviderConfig,
  given: RuntimeOverrides,
  readsBody: boolean,
): NodeGuard {
  const assembled = assemble(config, given, nodePlatform, process.env);
  const { overrides, runtime, server, settings } = assembled;
  const { exit = (code) => process.exit(code) } = overrides;
  const proof = createMountProof(settings, {
    ...runtime,
    audience: server.audience,
    exit: settings.exitWhenUnguarded ? exit : undefined,
  });
  const handler = createNodeHandler({
    ...assembled,
    listening: createListeningCheck(settings, runtime.trail, runtime.schedule),
    proof,
    bodyReader: readsBody ? bodyReader : undefined,
  });
  setImmediate(server.start);
  return {
    ...assembled,
    handler,
    close: () => {
      proof.close();
      return assembled.close();
    },
  };
}
