import type { Health } from "../../server/health.js";
import type { NodeHandler } from "./node-handler.js";

/** A request handler as Express and xmcp call it; assignable to xmcp's `Middleware`. */
export interface WorkOSMiddleware extends NodeHandler {
  /** How the server stands with what it depends on, for readiness probes and alerts. Never rejects, closed or not. */
  readonly health: () => Promise<Health>;
  /**
   * Ends what runs in the background (the reading of events, the polling of flags) and the long streams, and
   * delivers what observers still hold, for five seconds at most. Requests are still judged. Once is enough: called
   * again, it is the same closing. Never rejects.
   */
  readonly close: () => Promise<void>;
}
