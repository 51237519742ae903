import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({ revocation: Promise.resolve({ pollSeconds: 5 }) });

export default function secrets() {
  return "the secret";
}
