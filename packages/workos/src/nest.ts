export { workosNest } from "./hosts/nest.js";
export type { WorkOSMiddleware } from "./hosts/node/middleware.js";
