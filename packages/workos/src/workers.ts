export { workosWorker, type Worker } from "./hosts/workers.js";
export type { WorkerContext } from "./hosts/fetch/request-work.js";
export type { FetchContext } from "./hosts/fetch/fetch-handler.js";
