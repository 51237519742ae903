import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: { tools: { secrets: { organization: ["acme", "globex"] } } },
});

export default function secrets() {
  return "the secret";
}
