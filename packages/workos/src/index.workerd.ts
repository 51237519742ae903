export { workosProvider } from "./hosts/xmcp/worker-provider.js";
export type { WorkOSMiddleware } from "./hosts/node/middleware.js";
export * from "./portable.js";
