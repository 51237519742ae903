import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({ log: { level: "trace", format: "pretty" } });

export default function secrets() {
  return "the secret";
}
