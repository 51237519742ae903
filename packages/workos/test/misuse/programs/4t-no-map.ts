import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({ access: undefined });

export default function secrets() {
  return "the secret";
}
