import { workosProvider } from "../../../src/index.js";

export const middleware = workosProvider({
  callers: "user",
  allowedOrigins: "https://app.example.com",
  publicPaths: "/status",
});

export default function secrets() {
  return "the secret";
}
