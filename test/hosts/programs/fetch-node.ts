import { serve } from "@hono/node-server";
import { workosFetch } from "@xmcp-dev/workos/fetch";
import { behind } from "./behind.ts";
import { serveUntilEnd } from "./serving.ts";
import { readConfig } from "./tools.ts";

const guard = workosFetch(readConfig(process.env));
serve({ fetch: guard.protect(behind), hostname: "127.0.0.1", port: 0 }, ({ port }) => {
  serveUntilEnd(port, guard);
});
