import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  revocation: { poll: 10, longestToken: 3_600, consents: 60, failClosedAfter: 60_000 },
  proxies: 1,
  keepArguments: { secrets: ["id"] },
  claims: undefined,
});

export default function secrets() {
  return "the secret";
}
