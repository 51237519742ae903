import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: { tool: { secrets: { role: "admin" } } },
});

export default function secrets() {
  return "the secret";
}
