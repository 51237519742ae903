import { workosProvider } from "../../../src/index.js";
import { auditLogs } from "../../../src/audit-logs.js";

export const middleware = workosProvider({ observers: [auditLogs] });

export default function secrets() {
  return "the secret";
}
