import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({ log: null });

export default function secrets() {
  return "the secret";
}
