// #region middleware
import { workosProvider } from "@xmcp-dev/workos";

export default workosProvider({
  developmentHosts: process.env["DEVELOPMENT_HOSTS"]?.split(",") ?? [],
});
// #endregion middleware
