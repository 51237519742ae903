import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: { tools: { secrets: { check: ({ access }) => !access().roles?.includes("member") } } },
});

export default function secrets() {
  return "the secret";
}
