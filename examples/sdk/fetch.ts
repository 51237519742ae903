import { workosFetch } from "@xmcp-dev/workos/fetch";
import { access, mcp } from "./mcp.ts";

/** Reads WORKOS_API_KEY, WORKOS_CLIENT_ID, WORKOS_AUTHKIT_DOMAIN and BASE_URL. */
const guard = workosFetch({ access });

/** What `bun fetch.ts` and `deno serve fetch.ts` serve. */
export default { fetch: guard.protect(mcp.fetch) };
