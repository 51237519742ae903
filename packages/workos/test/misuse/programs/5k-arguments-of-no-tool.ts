import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({ recordArguments: { secerts: ["id"] } });

export default function secrets() {
  return "the secret";
}
