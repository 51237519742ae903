import type { Emulator } from "../emulator.js";
import { defaultSeed } from "../seed/default-seed.js";

/** Lists the environment variables that point an MCP server at the emulator, to be copied into its `.env`. */
export function serverEnvironment({ env, seed }: Emulator): string[] {
  const { BASE_URL, WORKOS_API_KEY, ...rest } = env;
  return [
    // The key of the default seed is public; one from a file may be a real one that was pasted.
    WORKOS_API_KEY === defaultSeed.apiKey
      ? `WORKOS_API_KEY=${WORKOS_API_KEY}`
      : "# WORKOS_API_KEY=<the apiKey of your seed file>",
    // Without WORKOS_API_URL the server asks api.workos.com, which does not know the key.
    ...Object.entries(rest).map(([name, value]) => `${name}=${value}`),
    // The endpoint is /mcp unless the server's options name another.
    seed.resources.some(({ uri }) => uri === `${BASE_URL}/mcp`)
      ? `BASE_URL=${BASE_URL}`
      : UNKNOWN_BASE_URL,
  ];
}

const UNKNOWN_BASE_URL =
  "# BASE_URL=<where clients reach your server, without the endpoint, such as http://127.0.0.1:3002>";
