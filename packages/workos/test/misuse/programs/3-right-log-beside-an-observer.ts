import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  access: { tools: { secrets: "denied" } },
  observers: [{ name: "siem", onEvent: () => undefined }],
});

export default function secrets() {
  return "the secret";
}
