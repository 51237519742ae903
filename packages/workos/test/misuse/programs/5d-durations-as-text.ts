import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  clockToleranceSeconds: "10",
  revocation: { pollSeconds: "10s", failClosedAfterSeconds: -1 },
});

export default function secrets() {
  return "the secret";
}
