import { workosProvider } from "../../../src/index.js";
import { openTelemetry } from "../../../src/opentelemetry.js";

export const middleware = workosProvider({ observers: [openTelemetry] });

export default function secrets() {
  return "the secret";
}
