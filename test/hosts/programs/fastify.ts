import type { AddressInfo } from "node:net";
import { workosFastify } from "@xmcp-dev/workos/fastify";
import fastify from "fastify";
import { behindNode } from "./behind-node.ts";
import { serveUntilEnd } from "./serving.ts";
import { readConfig } from "./tools.ts";

const guard = workosFastify(readConfig(process.env));
// Fastify takes 1 MiB unless it is told otherwise.
const app = fastify({ bodyLimit: 10 * 1024 * 1024 });
app.register(guard.plugin);
app.register(async (routes) => {
  routes.all("/*", ({ raw, body }, reply) => {
    reply.hijack();
    behindNode(Object.assign(raw, { body }), reply.raw);
  });
});
await app.listen({ port: 0, host: "127.0.0.1" });
serveUntilEnd((app.server.address() as AddressInfo).port, guard);
