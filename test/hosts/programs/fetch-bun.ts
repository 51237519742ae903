import { workosFetch } from "@xmcp-dev/workos/fetch";
import { behind } from "./behind.ts";
import { serveUntilEnd } from "./serving.ts";
import { readConfig } from "./tools.ts";

declare const Bun: {
  readonly serve: (options: {
    readonly hostname: string;
    readonly port: number;
    readonly idleTimeout: number;
    readonly fetch: (request: Request) => Promise<Response>;
  }) => { readonly port: number };
};

const guard = workosFetch(readConfig(process.env));
const { port } = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  idleTimeout: 0,
  fetch: guard.protect(behind),
});
serveUntilEnd(port, guard);
