/* oxlint-disable typescript/no-unsafe-argument -- xmcp writes worker.js */
// #region wrapper
import { workosWorker } from "@xmcp-dev/workos/workers";
import worker from "./worker.js";

export default workosWorker(worker);
// #endregion wrapper
