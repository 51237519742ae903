import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: { tools: { secrets: null } },
});

export default function secrets() {
  return "the secret";
}
