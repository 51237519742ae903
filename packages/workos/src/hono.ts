export { workosHono, type HonoGuard, type HonoVariables } from "./hosts/hono.js";
