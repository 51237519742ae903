import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({ log: { level: "DEBUG" } });

export default function secrets() {
  return "the secret";
}
