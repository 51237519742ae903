import { workosProvider } from "@xmcp-dev/workos";

// #region poll
export const polling = workosProvider({ revocation: true });
// #endregion poll

// #region all
export const strict = workosProvider({
  revocation: {
    pollSeconds: 5,
    maxTokenLifetimeSeconds: 3600,
    consentCheckSeconds: 60,
    failClosedAfterSeconds: 300,
    webhook: { secret: process.env["WORKOS_WEBHOOK_SECRET"] ?? "", path: "/webhooks/workos" },
  },
});
// #endregion all

// #region health
export async function isReady(): Promise<boolean> {
  const { isReady, revocation } = await polling.health();
  return isReady && (revocation?.stalenessSeconds ?? 0) < 120;
}
// #endregion health
