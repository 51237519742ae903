import type { XmcpConfig } from "xmcp";

const config: XmcpConfig = {
  http: { host: "127.0.0.1", port: Number(process.env.ACME_PORT ?? 3003) },
  paths: { tools: "./src/tools", prompts: "./src/prompts", resources: "./src/resources" },
};

export default config;
