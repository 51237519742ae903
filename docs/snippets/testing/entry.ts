// #region entry
import { workosFetch } from "@xmcp-dev/workos/fetch";
import { access, handler } from "./reports.ts";

export default { fetch: workosFetch({ access }).protect(handler) };
// #endregion entry
