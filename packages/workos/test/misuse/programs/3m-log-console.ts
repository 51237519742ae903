import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({ log: console });

export default function secrets() {
  return "the secret";
}
