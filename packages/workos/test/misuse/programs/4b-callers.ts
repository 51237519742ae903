import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: { tools: { secrets: { callers: ["user"] } } },
});

export default function secrets() {
  return "the secret";
}
