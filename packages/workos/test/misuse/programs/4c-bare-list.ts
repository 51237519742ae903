import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: { tools: { secrets: [{ role: "admin" }, { role: "owner" }] } },
});

export default function secrets() {
  return "the secret";
}
