import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({ observers: [{ onEvent: () => undefined }] });

export default function secrets() {
  return "the secret";
}
