import { workosProvider } from "@xmcp-dev/workos";
import type { Create } from "./setup.ts";

export const create: Create = ({ issuer, baseUrl, clientId }) => {
  const middleware = workosProvider({
    apiKey: "sk_test_bench",
    clientId,
    baseURL: baseUrl,
    authkitDomain: issuer,
    insecureDevelopmentHosts: ["127.0.0.1"],
    log: false,
  });
  return (request, response, next) => {
    void middleware(request, response, next);
  };
};
