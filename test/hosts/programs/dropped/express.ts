import type { AddressInfo } from "node:net";
import { workosExpress } from "@xmcp-dev/workos/express";
import express from "express";
import { behindNode } from "../behind-node.ts";
import { serveUntilEnd } from "../serving.ts";
import { readConfig } from "../tools.ts";

const guard = workosExpress(readConfig(process.env));
const app = express();

/** Ways to mount the guard at another place, by the name that the environment gives. */
const SHAPES: Readonly<Record<string, () => void>> = {
  "mounted for another path": () => void app.use("/api", guard as never).use(behindNode),
  "mounted for GET": () => void app.get("/{*all}", guard as never).use(behindNode),
  "mounted at another endpoint": () => void app.use(guard as never).use("/api/mcp", behindNode),
};
SHAPES[process.env["SHAPE"] ?? ""]?.();

const server = app.listen(0, "127.0.0.1", () => {
  serveUntilEnd((server.address() as AddressInfo).port, guard);
});
