export { openTelemetry, type OpenTelemetryOptions } from "./observers/open-telemetry.js";
