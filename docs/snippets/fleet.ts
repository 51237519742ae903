// #region audit
import { workosProvider } from "@xmcp-dev/workos";
import { auditLogs } from "@xmcp-dev/workos/audit-logs";
import { redisOutbox } from "@xmcp-dev/workos/redis";
import { Redis } from "ioredis";

const redis = new Redis(process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379");
redis.on("error", (problem) => {
  console.error(`Redis: ${problem.message}`);
});

export const audit = auditLogs({ outbox: redisOutbox(redis, { stream: "mcp-audit" }) });

export default workosProvider({ observers: [audit] });
// #endregion audit

// #region failed
export async function sendAgain(): Promise<number> {
  const failed = await audit.failedEntries();
  const cured = failed.filter(({ problem }) => problem.includes("400"));
  return audit.retry(cured.map(({ key }) => key));
}
// #endregion failed
