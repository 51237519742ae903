import { serve } from "@hono/node-server";
import { workosHono } from "@xmcp-dev/workos/hono";
import { Hono } from "hono";
import { behind } from "../behind.ts";
import { serveUntilEnd } from "../serving.ts";
import { readConfig } from "../tools.ts";

const guard = workosHono(readConfig(process.env));
const app = new Hono();
const route = (): void => void app.all("*", (c) => behind(c.req.raw, {}));

/** Every way to lose the guard, by the name that the environment gives. */
const SHAPES: Readonly<Record<string, () => void>> = {
  "not mounted": route,
  "mounted behind the route"() {
    route();
    app.use(guard.middleware);
  },
  "mounted for another path"() {
    app.use("/api", guard.middleware);
    route();
  },
  "the guard itself"() {
    app.use(guard as never);
    route();
  },
};
SHAPES[process.env["SHAPE"] ?? ""]?.();

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => {
  serveUntilEnd(port, guard);
});
