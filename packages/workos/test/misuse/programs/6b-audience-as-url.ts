import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({ audience: "https://mcp.example.com/mcp" });

export default function secrets() {
  return "the secret";
}
