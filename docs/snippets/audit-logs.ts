// #region durable
import { workosProvider } from "@xmcp-dev/workos";
import { auditLogs } from "@xmcp-dev/workos/audit-logs";

export const audit = auditLogs({ outbox: process.env["AUDIT_OUTBOX"] ?? "audit.sqlite" });

export default workosProvider({ observers: [audit] });
// #endregion durable

// #region select
export const narrow = auditLogs({
  organizationId: "org_01K0YOURS0000000000000000",
  select: ({ kind, target }) => kind === "denied" || target?.kind === "tool",
});
// #endregion select

// #region failed
export function sendAgain(): number {
  const cured = audit.failedEntries().filter(({ problem }) => problem.includes("400"));
  return audit.retry(cured.map(({ key }) => key));
}
// #endregion failed
