import { workosProvider } from "../../../src/index.js";

// As seconds it is more than a tool needs, and safe: removals count for longer.
export const middleware = workosProvider({ revocation: { maxTokenLifetimeSeconds: 60_000 } });

export default function secrets() {
  return "the secret";
}
