export type { WorkOSMiddleware } from "./adapters/middleware.js";
export { workosProvider } from "./adapters/xmcp.js";
export * from "./portable.js";
