import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: { tools: { secrets: { roles: ["admin", "owner"] } } },
});

export default function secrets() {
  return "the secret";
}
