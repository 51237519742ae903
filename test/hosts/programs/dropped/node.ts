/* Servers on Node that lose their guard: SHAPE names the host and how. */
import "reflect-metadata";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { workosExpress } from "@xmcp-dev/workos/express";
import { workosFastify } from "@xmcp-dev/workos/fastify";
import { workosNest } from "@xmcp-dev/workos/nest";
import type { RequestHandler } from "express";
import fastify from "fastify";
import { behindNode } from "../behind-node.ts";
import { serveUntilEnd } from "../serving.ts";

const [host = "", way = ""] = (process.env["SHAPE"] ?? "").split(", ");

/** What is mounted, in this order: the guard, what stands in its place, or nothing. */
function order<Part>(guard: Part, behind: Part): readonly Part[] {
  if (way === "not mounted") return [behind];
  if (way === "mounted behind the route") return [behind, guard];
  if (way === "a promise") return [Promise.resolve(guard) as Part, behind];
  return [guard, behind];
}

async function listen(): Promise<number> {
  switch (host) {
    case "node:http": {
      type Part = (request: IncomingMessage, response: ServerResponse, next: () => void) => unknown;
      const behind: Part = (request, response) => {
        behindNode(request, response);
      };
      const [first, second] = order<Part>(workosExpress(), behind);
      const server = createServer((request, response) => {
        first?.(request, response, () => second?.(request, response, () => undefined));
      }).listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      return (server.address() as AddressInfo).port;
    }
    case "fastify": {
      const app = fastify();
      const routes = async (scope: object): Promise<void> => {
        (scope as typeof app).all("/*", ({ raw, body }, reply) => {
          reply.hijack();
          behindNode(Object.assign(raw, { body }), reply.raw);
        });
      };
      const { plugin } = workosFastify();
      // Hooks of the root reach every route, so that only a scope beside the routes is behind them.
      const scoped = async (scope: object): Promise<void> => {
        await (scope as typeof app).register(plugin);
      };
      const guard = way === "mounted behind the route" ? scoped : plugin;
      for (const part of order(guard, routes)) app.register(part);
      await app.listen({ port: 0, host: "127.0.0.1" });
      return (app.server.address() as AddressInfo).port;
    }
    default: {
      // oxlint-disable-next-line typescript/no-extraneous-class -- as modules of NestJS are
      class AppModule {}
      Module({})(AppModule);
      const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
      for (const part of order(
        workosNest() as RequestHandler,
        behindNode as unknown as RequestHandler,
      ))
        app.use(part);
      await app.listen(0, "127.0.0.1");
      const { port } = new URL(await app.getUrl());
      return Number(port);
    }
  }
}

serveUntilEnd(await listen(), { close: async () => undefined });
