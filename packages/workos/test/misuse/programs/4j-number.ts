import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: { tools: { secrets: 1 } },
});

export default function secrets() {
  return "the secret";
}
