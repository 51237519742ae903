import { buildWorker, startWorker } from "../../support/worker.ts";
import { serveUntilEnd } from "./serving.ts";

/** Guards what is behind every host, with the configuration of its environment. */
const SOURCE = `
import { workosWorker } from "@xmcp-dev/workos/workers";
import { behind } from "./behind.ts";
import { readConfig } from "./tools.ts";
export default workosWorker({ fetch: (request, _env, _context, given) => behind(request, given) }, readConfig);
`;

const env = Object.fromEntries(
  Object.entries(process.env).filter((entry): entry is [string, string] =>
    /^(?:WORKOS_|BASE_URL$|MATRIX_CONFIG$)/u.test(entry[0]),
  ),
);
const { baseUrl, stop } = await startWorker(await buildWorker(SOURCE, import.meta.dirname), {
  env,
  onLine: console.log,
});
serveUntilEnd(Number(new URL(baseUrl).port), { close: stop });
