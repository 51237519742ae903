// #region schema
import { getSession, workosProvider } from "@xmcp-dev/workos";
import { z } from "zod";

const claims = z.object({
  plan: z.enum(["free", "team"]),
  seats: z.number().optional(),
});

declare module "@xmcp-dev/workos" {
  interface Register {
    claims: z.output<typeof claims>;
  }
}

export const middleware = workosProvider({ claims });
// #endregion schema

export function planOf(): "free" | "team" {
  // #region use
  const { plan } = getSession().claims; // "free" | "team"
  // #endregion use
  return plan;
}
