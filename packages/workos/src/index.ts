export type { WorkOSMiddleware } from "./hosts/node/middleware.js";
export { workosProvider } from "./hosts/xmcp/workos-provider.js";
export * from "./portable.js";
