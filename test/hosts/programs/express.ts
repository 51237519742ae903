import type { AddressInfo } from "node:net";
import { workosExpress } from "@xmcp-dev/workos/express";
import express from "express";
import { behindNode } from "./behind-node.ts";
import { serveUntilEnd } from "./serving.ts";
import { readConfig } from "./tools.ts";

const guard = workosExpress(readConfig(process.env));
const server = express()
  // oxlint-disable-next-line typescript/no-misused-promises -- it never rejects
  .use(guard)
  .use(behindNode)
  .listen(0, "127.0.0.1", () => {
    serveUntilEnd((server.address() as AddressInfo).port, guard);
  });
