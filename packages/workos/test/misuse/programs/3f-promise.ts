import { workosProvider } from "../../../src/index.js";
const observer = async () => ({ name: "siem", onEvent: () => undefined });

export const middleware = workosProvider({ observers: [observer()] });

export default function secrets() {
  return "the secret";
}
