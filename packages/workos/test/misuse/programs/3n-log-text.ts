import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({ log: "debug" });

export default function secrets() {
  return "the secret";
}
