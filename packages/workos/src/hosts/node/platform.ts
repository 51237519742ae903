import { hash, randomUUID } from "node:crypto";
import type { Platform } from "../create-runtime.js";

/** Node's own. */
export const nodePlatform: Platform = {
  digest: (text) => hash("sha256", text, "base64url"),
  newId: randomUUID,
};
