import type { XmcpConfig } from "xmcp";

const config: XmcpConfig = {
  http: { host: "127.0.0.1", port: Number(process.env.QUICKSTART_PORT ?? 3002) },
  paths: { tools: "./src/tools", prompts: false, resources: false },
};

export default config;
