import { getSession } from "@xmcp-dev/workos";

export function planOf(): "free" | "team" {
  // #region use
  const { plan } = getSession().claims; // "free" | "team"
  // #endregion use
  return plan;
}
