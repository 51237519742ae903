import { getCaller, workosProvider } from "@xmcp-dev/workos";
import { z } from "zod";

// #region audience
workosProvider({ audience: "resource" });
// #endregion audience

// #region renaming
workosProvider({ formerResources: ["https://mcp.example.com/mcp"] });
// #endregion renaming

// #region domains
workosProvider({ authkitDomain: ["login.example.com", "yourcompany.authkit.app"] });
// #endregion domains

// #region claims
workosProvider({ claimsSchema: z.object({ plan: z.enum(["free", "team"]).optional() }) });
// #endregion claims

// #region callers
workosProvider({ callers: ["user", "application", "api-key"] });
// #endregion callers

// #region caller
export default function whoami() {
  const caller = getCaller();
  switch (caller.kind) {
    case "user":
      return `${caller.id}, who signed in`;
    case "application":
      return `application ${caller.id}`;
    case "api-key":
      return `API key ${caller.name} of ${caller.owner.kind} ${caller.owner.id}`;
    default:
      return `${caller.kind} ${caller.id}`;
  }
}
// #endregion caller

// #region origins
workosProvider({ allowedOrigins: ["https://app.example.com"] });
// #endregion origins

// #region endpoint
workosProvider({ endpoint: "/tools" });
// #endregion endpoint

// #region public
workosProvider({ publicPaths: ["/status"] });
// #endregion public
