export { openTelemetry, type OpenTelemetryOptions } from "./adapters/open-telemetry.js";
