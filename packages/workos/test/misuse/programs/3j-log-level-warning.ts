import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({ log: { level: "warning" } });

export default function secrets() {
  return "the secret";
}
