import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { workosExpress } from "@xmcp-dev/workos/express";
import { behindNode } from "./behind-node.ts";
import { serveUntilEnd } from "./serving.ts";
import { readConfig } from "./tools.ts";

const guard = workosExpress(readConfig(process.env));
const server = createServer((request, response) => {
  void guard(request, response, () => {
    behindNode(request, response);
  });
});
server.listen(0, "127.0.0.1", () => {
  serveUntilEnd((server.address() as AddressInfo).port, guard);
});
