export { workosNext, type NextGuard, type NextRoute } from "./hosts/next.js";
export type { FetchApp, FetchContext } from "./hosts/fetch/fetch-handler.js";
