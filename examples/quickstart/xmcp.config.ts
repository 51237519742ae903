import type { XmcpConfig } from "xmcp";
const config: XmcpConfig = { http: { port: 3456, host: "127.0.0.1" }, paths: { tools: "./src/tools", prompts: false, resources: false } };
export default config;
