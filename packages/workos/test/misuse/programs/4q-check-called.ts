import { workosProvider } from "../../../src/index.js";

const isWeekday = () => new Date().getUTCDay() < 6;

export const middleware = workosProvider({
  access: { tools: { secrets: { check: isWeekday() } } },
});

export default function secrets() {
  return "the secret";
}
