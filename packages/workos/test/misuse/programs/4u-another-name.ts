import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: { tools: { secret: "authenticated" } },
});

export default function secrets() {
  return "the secret";
}
