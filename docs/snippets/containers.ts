// #region middleware
import { workosProvider } from "@xmcp-dev/workos";

export default workosProvider({
  developmentHosts: process.env.NODE_ENV === "production" ? [] : ["authkit"],
});
// #endregion middleware
