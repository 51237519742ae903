import { readFileSync } from "node:fs";
import type { AppFiles } from "../../support/app.ts";
import { tools } from "./tools.ts";

const source = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");

/** The one file of an xmcp app that is guarded, and what answers the two paths beside the endpoint. */
const MIDDLEWARE = `
import { workosProvider } from "@xmcp-dev/workos";
import { answerNode } from "../behind/answer-node.ts";
import { readConfig } from "../behind/tools.ts";
export default [
  workosProvider(readConfig(process.env)),
  (request, response, next) => { if (!answerNode(request, response)) next(); },
];
`;

const tool = (name: string): string => `
import { z } from "zod";
import { runTool } from "../../behind/tools.ts";
export const schema = { note: z.any().optional() };
export const metadata = { name: "${name}", description: "${name}" };
export default (args, { sendNotification }) => runTool("${name}", args, () => sendNotification({
  method: "notifications/progress", params: { progressToken: "slow", progress: 1 },
}));
`;

/** An xmcp app with the tools of the matrix, which xmcp builds. */
export const xmcpFiles: AppFiles = {
  "behind/answer-node.ts": source("answer-node.ts"),
  "behind/tools.ts": source("tools.ts"),
  "src/middleware.ts": MIDDLEWARE,
  ...Object.fromEntries(Object.keys(tools).map((name) => [`src/tools/${name}.ts`, tool(name)])),
};
