import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: { tools: { secrets: { role: "admin", anyOf: [{ permisions: ["secrets:read"] }] } } },
});

export default function secrets() {
  return "the secret";
}
