/** Preloaded into a built app with the plugin that xmcp ships, so that it finds the issuer on loopback. */
import { plainHttps } from "./xmcp-plugin-hooks.ts";

plainHttps();
