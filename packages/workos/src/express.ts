export { workosExpress } from "./hosts/express.js";
export type { WorkOSMiddleware } from "./hosts/node/middleware.js";
