import { ConfigurationError, workosProvider } from "../../../src/index.js";

function start() {
  try {
    return workosProvider({ baseURL: "http://mcp.example.com" });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new Error(error.problems.map((problem) => problem.toUpperCase()).join());
  }
}
export const middleware = start();
