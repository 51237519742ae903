import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({ audience: "environment" });

export default function secrets() {
  return "the secret";
}
