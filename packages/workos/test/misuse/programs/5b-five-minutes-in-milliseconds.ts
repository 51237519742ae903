import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  clockToleranceSeconds: 300_000,
  revocation: {
    pollSeconds: 300_000,
    consentCheckSeconds: 300_000,
    failClosedAfterSeconds: 300_000,
    maxTokenLifetimeSeconds: 300_000,
  },
});

export default function secrets() {
  return "the secret";
}
