/* The `@example` of every exported function: the region that has its name. */
import { readFile } from "node:fs/promises";
import { createEmulator, parseSeed, startEmulator, type Seed } from "@xmcp-dev/authkit-emulator";
import {
  defineAccess,
  findCaller,
  getAccess,
  getCaller,
  getClient,
  getSession,
  getUser,
  hasPermissionOn,
  workosProvider,
  type AccessMap,
  type WorkOS,
  type WorkOSMiddleware,
} from "@xmcp-dev/workos";
import { auditLogs, auditLogSchemas, ensureSchemas } from "@xmcp-dev/workos/audit-logs";
import { workosExpress } from "@xmcp-dev/workos/express";
import { workosFastify } from "@xmcp-dev/workos/fastify";
import { workosFetch } from "@xmcp-dev/workos/fetch";
import { workosHono, type HonoVariables } from "@xmcp-dev/workos/hono";
import { workosNest } from "@xmcp-dev/workos/nest";
import { workosNext } from "@xmcp-dev/workos/next";
import { openTelemetry } from "@xmcp-dev/workos/opentelemetry";
import { redisOutbox } from "@xmcp-dev/workos/redis";
import { workosWorker } from "@xmcp-dev/workos/workers";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import type { Redis } from "ioredis";
import { NestFactory } from "@nestjs/core";
import {
  accessTable,
  compareAccess,
  explainAccess,
  guarded,
  runAs,
  type Explanation,
  type Persona,
} from "@xmcp-dev/workos/testing";

declare const AppModule: object;
declare function handle(request: Request, body: unknown): Promise<Response>;

// #region workosProvider
// src/middleware.ts
export default workosProvider({
  access: { tools: { "report_*": { permissions: ["reports:read"] }, "*": "authenticated" } },
});
// #endregion workosProvider

// oxlint-disable typescript/no-misused-promises -- Express ignores what a handler returns
export function workosExpressExample(): object {
  // #region workosExpress
  const app = express();
  app.use(workosExpress({ access }));
  // #endregion workosExpress
  return app;
}

// oxlint-enable typescript/no-misused-promises

export async function workosFastifyExample(): Promise<void> {
  // #region workosFastify
  const app = fastify();
  app.register(workosFastify({ access }).plugin);
  await app.listen({ port: 3002 });
  // #endregion workosFastify
}

export function workosFetchExample(): object {
  // #region workosFetch
  const guard = workosFetch({ access });
  const app = { fetch: guard.protect((request, { parsedBody }) => handle(request, parsedBody)) };
  // #endregion workosFetch
  return app;
}

export function workosHonoExample(): object {
  // #region workosHono
  const app = new Hono<{ Variables: HonoVariables }>();
  app.use(workosHono({ access }).middleware);
  app.all("/mcp", (c) => handle(c.req.raw, c.get("parsedBody")));
  // #endregion workosHono
  return app;
}

export async function workosNestExample(): Promise<void> {
  // #region workosNest
  const app = await NestFactory.create(AppModule);
  app.use(workosNest({ access }));
  await app.listen(3002);
  // #endregion workosNest
}

export function workosNextExample(): object {
  // #region workosNext
  const guard = workosNext({ access });
  const { GET, POST, DELETE, OPTIONS } = guard.protect((request, { parsedBody }) =>
    handle(request, parsedBody),
  );
  // #endregion workosNext
  return { GET, POST, DELETE, OPTIONS };
}

export function workosWorkerExample(): object {
  // #region workosWorker
  const worker = workosWorker(
    { fetch: (request, _env, _context, given) => handle(request, given?.parsedBody) },
    (env: { DOCS_URL: string }) => ({ access, docsURL: env.DOCS_URL }),
  );
  // #endregion workosWorker
  return worker;
}

// #region defineAccess
// src/access.ts
export const access = defineAccess({
  tools: {
    "report_*": { permissions: ["reports:read"] },
    refund: { role: ["lead", "admin"] },
    "*": "authenticated",
  },
  resources: { "handbook://*": "authenticated" },
});
// #endregion defineAccess

// #region hasPermissionOn
export const documents: AccessMap = {
  tools: {
    edit_document: {
      check: hasPermissionOn("document:edit", ({ arguments: { documentId } }) => ({
        resourceTypeSlug: "document",
        resourceExternalId: String(documentId),
      })),
    },
  },
};
// #endregion hasPermissionOn

// #region getAccess
export async function readReport(id: string): Promise<object> {
  const access = await getAccess();
  access.require({ permissions: ["reports:read"] });
  return { id, hasCosts: access.has({ permissions: ["costs:read"] }) };
}
// #endregion getAccess

export function getSessionExample(): string {
  // #region getSession
  const { userId, organizationId } = getSession();
  // #endregion getSession
  return `${userId} ${organizationId}`;
}

export function getCallerExample(): string {
  // #region getCaller
  const caller = getCaller();
  const name = caller.kind === "api-key" ? caller.name : caller.id;
  // #endregion getCaller
  return name;
}

export function findCallerExample(): string {
  // #region findCaller
  const callerId = findCaller()?.id ?? "local";
  // #endregion findCaller
  return callerId;
}

export async function getUserExample(): Promise<string> {
  // #region getUser
  const { firstName, email } = await getUser();
  // #endregion getUser
  return `${firstName} ${email}`;
}

export async function getClientExample(organizationId: string): Promise<string> {
  // #region getClient
  const { name } = await getClient().organizations.getOrganization(organizationId);
  // #endregion getClient
  return name;
}

export function auditLogsExample(): WorkOSMiddleware {
  // #region auditLogs
  const audit = auditLogs({ outbox: "/var/lib/mcp/audit.sqlite" });
  const middleware = workosProvider({ observers: [audit] });
  // #endregion auditLogs
  return middleware;
}

export function redisOutboxExample(redis: Redis): object {
  // #region redisOutbox
  const audit = auditLogs({ outbox: redisOutbox(redis, { stream: "mcp-audit" }) });
  const middleware = workosProvider({ observers: [audit] });
  // #endregion redisOutbox
  return middleware;
}

export async function ensureSchemasExample(workos: WorkOS): Promise<readonly string[]> {
  // #region ensureSchemas
  const { created } = await ensureSchemas(workos, auditLogSchemas);
  // #endregion ensureSchemas
  return created;
}

export function openTelemetryExample(): WorkOSMiddleware {
  // #region openTelemetry
  const middleware = workosProvider({ observers: [openTelemetry()] });
  // #endregion openTelemetry
  return middleware;
}

export async function runAsExample(): Promise<object> {
  // #region runAs
  const lead: Persona = { organizationId: "org_01ACME", permissions: ["reports:read"] };
  const report = await runAs(lead, () => readReport("report_01"));
  // #endregion runAs
  return report;
}

declare const mcp: { readonly fetch: (request: Request) => Promise<Response> };
declare const lead: Persona;
declare function listTools(url: string): Request;

export async function guardedExample(): Promise<Response> {
  // #region guarded
  const server = guarded(mcp.fetch, { access });
  const response = await server.fetch(listTools(server.url), { as: lead });
  // #endregion guarded
  return response;
}

export async function explainAccessExample(): Promise<Explanation> {
  // #region explainAccess
  const agent: Persona = { organizationId: "org_01ACME", roles: ["agent"] };
  const explanation = await explainAccess(access, agent, { tool: "refund" });
  // explanation.outcome is "denied", its reason "role_missing"
  // #endregion explainAccess
  return explanation;
}

export async function accessTableExample(): Promise<string> {
  // #region accessTable
  const personas = { agent: { roles: ["agent"] }, lead: { roles: ["lead"] } };
  const markdown = await accessTable(access, personas, { tools: ["refund", "report_costs"] });
  // #endregion accessTable
  return markdown;
}

export function compareAccessExample(): readonly string[] {
  // #region compareAccess
  const findings = compareAccess(access, { tools: ["refund", "report_costs"] });
  const messages = findings.map(({ message }) => message);
  // #endregion compareAccess
  return messages;
}

export async function createEmulatorExample(): Promise<[WorkOSMiddleware, string]> {
  // #region createEmulator
  const emulator = createEmulator({ resource: "http://127.0.0.1:3002/mcp" });
  const middleware = workosProvider({}, emulator.overrides);
  const token = await emulator.token({ as: "ada@acme.test", organization: "Acme" });
  // #endregion createEmulator
  return [middleware, token];
}

export async function startEmulatorExample(): Promise<string> {
  // #region startEmulator
  await using emulator = await startEmulator({ resource: "http://127.0.0.1:3002/mcp" });
  const { accessToken } = await emulator.signIn({ as: "ada@acme.test", organization: "Acme" });
  // #endregion startEmulator
  return accessToken;
}

export async function parseSeedExample(): Promise<Seed> {
  // #region parseSeed
  const seed = parseSeed(await readFile("seed.yaml", "utf8"), "yaml");
  // #endregion parseSeed
  return seed;
}
