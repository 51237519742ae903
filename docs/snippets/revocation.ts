import { workosProvider } from "@xmcp-dev/workos";

// #region poll
export const polling = workosProvider({ revocation: {} });
// #endregion poll

// #region all
export const strict = workosProvider({
  revocation: {
    poll: 5,
    longestToken: 3600,
    consents: 60,
    failClosedAfter: 300,
    webhook: { secret: process.env["WORKOS_WEBHOOK_SECRET"] ?? "", path: "/webhooks/workos" },
  },
});
// #endregion all

// #region health
export async function isReady(): Promise<boolean> {
  const { isReady, revocation } = await polling.health();
  return isReady && (revocation?.staleness ?? 0) < 120;
}
// #endregion health
