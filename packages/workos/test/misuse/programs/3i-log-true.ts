import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({ log: true });

export default function secrets() {
  return "the secret";
}
