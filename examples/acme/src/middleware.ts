import { workosProvider } from "@xmcp-dev/workos";
import { access } from "./access";

export default workosProvider({
  baseURL: process.env.BASE_URL || "http://127.0.0.1:3003",
  access,
});
