import "reflect-metadata";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { All, Controller, Module, Req, Res } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { workosNest } from "@xmcp-dev/workos/nest";
import { behindNode } from "./behind-node.ts";
import { serveUntilEnd } from "./serving.ts";
import { readConfig } from "./tools.ts";

class McpController {
  serve(request: IncomingMessage, response: ServerResponse): void {
    behindNode(request, response);
  }
}
// oxlint-disable-next-line typescript/no-extraneous-class -- as modules of NestJS are
class AppModule {}

// Decorators as functions: Node strips types, and no more.
Controller()(McpController);
All("*path")(
  McpController.prototype,
  "serve",
  Object.getOwnPropertyDescriptor(McpController.prototype, "serve") ?? {},
);
Req()(McpController.prototype, "serve", 0);
Res()(McpController.prototype, "serve", 1);
Module({ controllers: [McpController] })(AppModule);

const guard = workosNest(readConfig(process.env));
const app = await NestFactory.create(AppModule, { logger: false });
app.use(guard);
await app.listen(0, "127.0.0.1");
const server = app.getHttpServer() as Server;
serveUntilEnd((server.address() as AddressInfo).port, guard);
