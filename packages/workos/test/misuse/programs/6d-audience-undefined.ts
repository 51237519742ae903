import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({ audience: undefined });

export default function secrets() {
  return "the secret";
}
