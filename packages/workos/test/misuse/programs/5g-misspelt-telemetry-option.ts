import { workosProvider } from "../../../src/index.js";
import { openTelemetry } from "../../../src/opentelemetry.js";

export const middleware = workosProvider({ observers: [openTelemetry({ tracer: {} })] });

export default function secrets() {
  return "the secret";
}
