import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({}, { fetsh: fetch });

export default function secrets() {
  return "the secret";
}
