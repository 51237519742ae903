import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  acess: { tools: {} },
  log: { lvl: "debug" },
  revocation: { pollSecond: 5, webhook: { secret: "s", path: "/hook", events: [] } },
});

export default function secrets() {
  return "the secret";
}
