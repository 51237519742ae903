import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: {
    tools: {
      secrets: {
        check: ({ caller }) => {
          caller.kind === "user";
        },
      },
    },
  },
});

export default function secrets() {
  return "the secret";
}
