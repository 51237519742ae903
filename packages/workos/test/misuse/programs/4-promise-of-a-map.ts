import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: Promise.resolve({ tools: { secrets: "authenticated" as const } }),
});

export default function secrets() {
  return "the secret";
}
