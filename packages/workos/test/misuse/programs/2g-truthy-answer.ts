import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: { tools: { secrets: { check: () => "yes" } } },
});

export default function secrets() {
  return "the secret";
}
