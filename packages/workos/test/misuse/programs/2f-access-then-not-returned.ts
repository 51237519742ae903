import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: {
    tools: {
      secrets: {
        check: ({ access }) => {
          void access().then((resolved) => resolved.require({ role: "admin" }));
          return true;
        },
      },
    },
  },
});

export default function secrets() {
  return "the secret";
}
