import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: { tools: { secrets: { role: undefined } } },
});

export default function secrets() {
  return "the secret";
}
