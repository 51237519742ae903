import type { Platform } from "../create-runtime.js";

/** What every runtime with the web's functions has. */
export const webPlatform: Platform = {
  async digest(text) {
    const bytes = new Uint8Array(
      await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)),
    );
    return btoa(String.fromCharCode(...bytes));
  },
  newId: () => crypto.randomUUID(),
};
