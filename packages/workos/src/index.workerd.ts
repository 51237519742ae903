export { workosProvider } from "./hosts/node/foreign-host.js";
export type { WorkOSMiddleware } from "./hosts/node/middleware.js";
export * from "./portable.js";
