import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  clockToleranceSeconds: 60_000,
  revocation: {
    pollSeconds: 60_000,
    consentCheckSeconds: 60_000,
    failClosedAfterSeconds: 60_000,
  },
});

export default function secrets() {
  return "the secret";
}
