// #region middleware
import { workosProvider } from "@xmcp-dev/workos";

export default workosProvider({
  insecureDevelopmentHosts: process.env["DEVELOPMENT_HOSTS"]?.split(",") ?? [],
});
// #endregion middleware
