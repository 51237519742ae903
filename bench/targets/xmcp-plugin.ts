import type { RequestHandler } from "express";
import { importPlugin } from "./xmcp-plugin-hooks.ts";
import type { Create } from "./setup.ts";

interface Plugin {
  readonly workosProvider: (config: Record<string, string>) => {
    readonly middleware: RequestHandler;
  };
}

/** The plugin that xmcp ships for WorkOS, from a folder outside this repository. */
export const create: Create = async ({ issuer, baseUrl, clientId, pluginFolder }) => {
  if (pluginFolder === undefined) throw new Error("no folder was given for the plugin");
  const { workosProvider } = (await importPlugin(pluginFolder)) as Plugin;
  const { middleware } = workosProvider({
    apiKey: "sk_test_bench",
    clientId,
    baseURL: baseUrl,
    authkitDomain: new URL(issuer).host,
  });
  return middleware;
};
