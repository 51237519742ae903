export { workosFetch, type FetchGuard } from "./hosts/fetch/fetch-guard.js";
export type { FetchApp, FetchContext } from "./hosts/fetch/fetch-handler.js";
