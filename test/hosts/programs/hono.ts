import { serve } from "@hono/node-server";
import { workosHono, type HonoVariables } from "@xmcp-dev/workos/hono";
import { Hono } from "hono";
import { behind } from "./behind.ts";
import { serveUntilEnd } from "./serving.ts";
import { readConfig } from "./tools.ts";

const guard = workosHono(readConfig(process.env));
const app = new Hono<{ Variables: HonoVariables }>();
app.use(guard.middleware);
app.all("*", (c) =>
  behind(c.req.raw, { authInfo: c.get("auth"), parsedBody: c.get("parsedBody") }),
);
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => {
  serveUntilEnd(port, guard);
});
