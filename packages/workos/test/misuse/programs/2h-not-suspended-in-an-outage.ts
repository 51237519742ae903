import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: {
    tools: {
      secrets: { check: async ({ access }) => !(await access()).has({ role: "suspended" }) },
    },
  },
});

export default function secrets() {
  return "the secret";
}
