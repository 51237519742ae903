export { workosProvider } from "./adapters/foreign-host.js";
export type { WorkOSMiddleware } from "./adapters/middleware.js";
export * from "./portable.js";
