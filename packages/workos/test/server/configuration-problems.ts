import { readConfiguration, type WorkOSProviderConfig } from "../../src/server/configuration.js";
import { ConfigurationError } from "../../src/errors.js";

/** The least that a server can be configured with. */
export const GOOD = {
  apiKey: "sk_test_0123456789",
  clientId: "client_01TEST",
  baseURL: "https://mcp.example.com",
  authkitDomain: "acme.authkit.app",
} as const;

/** Reads a configuration and returns every problem of it; none when it can be used. */
export function problemsOf(
  config: WorkOSProviderConfig,
  env: Record<string, string | undefined> = {},
): readonly string[] {
  try {
    readConfiguration(config, env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(({ message }) => message);
  }
}
