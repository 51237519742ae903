import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({ observers: [(event) => void event] });

export default function secrets() {
  return "the secret";
}
