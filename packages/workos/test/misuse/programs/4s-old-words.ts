import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: { tools: { secrets: "authenticated" }, lists: "full", stepUp: "in-band" },
});

export default function secrets() {
  return "the secret";
}
