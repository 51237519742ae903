import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({});

export default function secrets() {
  return "the secret";
}
