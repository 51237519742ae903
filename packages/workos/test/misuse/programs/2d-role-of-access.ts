import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: {
    tools: { secrets: { check: async ({ access }) => (await access()).role !== "member" } },
  },
});

export default function secrets() {
  return "the secret";
}
