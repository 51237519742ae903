import http from "node:http";
import https from "node:https";
import { createRequire, registerHooks, syncBuiltinESMExports } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Imports the plugin that xmcp ships, in plain Node and with an issuer on loopback.
 *
 * It is made to be bundled by xmcp (plain Node cannot import a name from xmcp's
 * own bundle), and knows https only: both are bridged here, which costs it
 * nothing a request and spares it TLS.
 */
export function importPlugin(folder: string): Promise<unknown> {
  plainHttps();
  const xmcp = createRequire(import.meta.url).resolve("xmcp");
  const shim = `import { createRequire } from "node:module";
    export const { createContext } = createRequire(${JSON.stringify(import.meta.url)})(${JSON.stringify(xmcp)});`;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "xmcp"
        ? { url: `data:text/javascript,${encodeURIComponent(shim)}`, shortCircuit: true }
        : next(specifier, context),
  });
  return import(pathToFileURL(resolve(folder, "dist/index.js")).href);
}

/** Lets `https://127.0.0.1` be asked over http: a certificate would be a secret in this repository. */
export function plainHttps(): void {
  const plain = ((url: string | URL, options: http.RequestOptions, listener: () => void) => {
    const { agent: _, ...rest } = options;
    return http.get(String(url).replace(/^https:/, "http:"), rest, listener);
  }) as typeof https.get;
  Object.assign(https, { get: plain });
  syncBuiltinESMExports();
}
