export { workosFastify, type FastifyGuard } from "./hosts/fastify.js";
