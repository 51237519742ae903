import type { Emulator } from "../emulator.js";
import { defaultSeed } from "../seed/default-seed.js";

/** The environment variables that point an MCP server at the emulator, as lines that can be copied into its `.env`. */
export function serverEnvironmentOf({ apiKey, clientId, issuer, seed, url }: Emulator): string[] {
  return [
    // The key of the default seed is public; one from a file may be a real one that somebody pasted.
    apiKey === defaultSeed.apiKey
      ? `WORKOS_API_KEY=${apiKey}`
      : "# WORKOS_API_KEY=<the apiKey of your seed file>",
    `WORKOS_CLIENT_ID=${clientId}`,
    `WORKOS_AUTHKIT_DOMAIN=${issuer}`,
    // Without it the server asks api.workos.com, which does not know the key.
    `WORKOS_API_URL=${url}`,
    baseUrlLine(seed.resources.find((resource) => resource.default)?.uri),
  ];
}

/** The resource is BASE_URL and the endpoint, which is /mcp unless the server says otherwise. */
function baseUrlLine(resource: string | undefined): string {
  const origin = resource === undefined ? undefined : new URL(resource).origin;
  return resource === `${origin}/mcp`
    ? `BASE_URL=${origin}`
    : "# BASE_URL=<where clients reach your server, without the endpoint, such as http://127.0.0.1:3002>";
}
