import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: { tools: { secrets: { caller: "robot" } } },
});

export default function secrets() {
  return "the secret";
}
