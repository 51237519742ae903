import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: { tools: { secrets: { anyOf: ["authenticated", { role: "admin" }] } } },
});

export default function secrets() {
  return "the secret";
}
