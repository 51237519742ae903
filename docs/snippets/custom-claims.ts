// #region schema
import { workosProvider } from "@xmcp-dev/workos";
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

export default workosProvider({ claimsSchema: claims });
// #endregion schema
