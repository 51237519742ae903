import type { AddressInfo } from "node:net";
import { workosExpress } from "@xmcp-dev/workos/express";
import express from "express";
import { behindNode } from "../behind-node.ts";
import { serveUntilEnd } from "../serving.ts";
import { readConfig } from "../tools.ts";

const guard = workosExpress(readConfig(process.env));
const app = express();

/** Every way to lose the guard, by the name that the environment gives. */
const SHAPES: Readonly<Record<string, () => void>> = {
  "not mounted": () => void app.use(behindNode),
  "mounted behind the route": () => void app.use(behindNode).use(guard as never),
  "mounted for another path": () => void app.use("/api", guard as never).use(behindNode),
  "mounted for GET": () => void app.get("/{*all}", guard as never).use(behindNode),
  "a promise": () => void app.use(Promise.resolve(guard) as never).use(behindNode),
  "mounted at another endpoint": () => void app.use(guard as never).use("/api/mcp", behindNode),
};
SHAPES[process.env["SHAPE"] ?? ""]?.();

const server = app.listen(0, "127.0.0.1", () => {
  serveUntilEnd((server.address() as AddressInfo).port, guard);
});
