import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: {
    tools: {
      secrets: { check: (session, call) => session.role !== "member" && call.name === "secrets" },
    },
  },
});

export default function secrets() {
  return "the secret";
}
