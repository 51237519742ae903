import { serve } from "@hono/node-server";
import { workosFetch } from "@xmcp-dev/workos/fetch";
import { behind } from "../behind.ts";
import { serveUntilEnd } from "../serving.ts";
import { readConfig } from "../tools.ts";

const guard = workosFetch(readConfig(process.env));

/** Every way to lose the guard, by the name that the environment gives. */
const SHAPES: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
  "not mounted": (request) => behind(request, {}),
  "protect in the place of what it returns": guard.protect as never,
  "a promise of a handler": guard.protect(Promise.resolve(behind) as never),
  "no handler": guard.protect(undefined as never),
  "the guard itself": guard as never,
};
const fetch = SHAPES[process.env["SHAPE"] ?? ""] ?? guard.protect(behind);

serve({ fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => {
  serveUntilEnd(port, guard);
});
