/**
 * One planted violation for every rule of .dependency-cruiser.mjs: a tiny tree of files, whose paths
 * start at packages/workos/src unless they start with "/".
 */
export interface Planted {
  readonly rule: string;
  readonly files: Readonly<Record<string, string>>;
}

const value = "export const value = 1;\n";

/** `from` imports from `to`, and that is all there is. */
function imports(from: string, to: string): Record<string, string> {
  return { [from]: `export { value } from "${specifier(from, to)}";\n`, [to]: value };
}

function specifier(from: string, to: string): string {
  const up = "../".repeat(from.split("/").length - 1) || "./";
  return up + to.replace(/\.ts$/, ".js");
}

function inEmulator(files: Planted["files"]): Planted["files"] {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [`/packages/emulator/src/${path}`, text]),
  );
}

function floors(
  prefix: "" | "emulator-",
  steps: readonly (readonly [place: string, from: string, to: string])[],
): readonly Planted[] {
  return steps.map(([place, from, to]) => ({
    rule: `${prefix}${place}-imports-down`,
    files: prefix === "" ? imports(from, to) : inEmulator(imports(from, to)),
  }));
}

export const planted: readonly Planted[] = [
  // Floor by floor: one step up, or across to a neighbour.
  ...floors("", [
    ["standards", "standards/bearer.ts", "token/verify.ts"],
    ["standards", "standards/bearer.ts", "errors.ts"],
    ["errors", "errors.ts", "trail/event.ts"],
    ["known-members", "known-members.ts", "trail/event.ts"],
    ["authkit", "authkit/issuer.ts", "trail/event.ts"],
    ["trail", "trail/event.ts", "authkit/issuer.ts"],
    ["trail", "trail/observer.ts", "observers/hooks.ts"],
    ["workos", "workos/client.ts", "audit/outbox.ts"],
    ["audit", "audit/outbox.ts", "observers/audit-logs.ts"],
    ["observers", "observers/audit-logs.ts", "server/configuration.ts"],
    ["token", "token/verify.ts", "credential/verify-credential.ts"],
    ["credential", "credential/verify-credential.ts", "revocation/revocation-watch.ts"],
    ["revocation", "revocation/revocation-watch.ts", "credential/verify-credential.ts"],
    ["session", "session/session.ts", "access/rule.ts"],
    ["access", "access/rule.ts", "guard/guard.ts"],
    ["guard", "guard/guard.ts", "server/resource-server.ts"],
    ["server", "server/resource-server.ts", "exchange/exchange.ts"],
    ["exchange", "exchange/exchange.ts", "hosts/node/node-handler.ts"],
    ["hosts", "hosts/xmcp/workos-provider.ts", "cli/main.ts"],
    ["hosts", "hosts/xmcp/workos-provider.ts", "index.ts"],
    ["cli", "cli/main.ts", "testing/session.ts"],
    ["cli", "cli/main.ts", "hosts/xmcp/workos-provider.ts"],
    ["testing", "testing/session.ts", "hosts/xmcp/workos-provider.ts"],
    ["portable", "portable.ts", "index.ts"],
    ["audit-logs", "audit-logs.ts", "portable.ts"],
    ["opentelemetry", "opentelemetry.ts", "portable.ts"],
    ["redis", "redis.ts", "portable.ts"],
    ["testing-entry", "testing.ts", "portable.ts"],
    ...["fetch", "next", "workers", "express", "fastify", "nest", "hono"].map(
      (name) => [name, `${name}.ts`, "portable.ts"] as const,
    ),
    ["index", "index.ts", "helpers/a.ts"],
    ["index.workerd", "index.workerd.ts", "index.ts"],
  ]),
  {
    rule: "cli-imports-down",
    files: {
      "cli/main.ts": `export type { Value } from "../index.js";\n`,
      "index.ts": "export type Value = 1;\n",
    },
  },
  {
    rule: "guard-imports-down",
    files: {
      "guard/guard.ts": `export type Hosts = import("../hosts/xmcp/workos-provider.js").Hosts;\n`,
      "hosts/xmcp/workos-provider.ts": "export type Hosts = 1;\n",
    },
  },
  {
    rule: "token-imports-down",
    files: {
      "token/verify.ts": `export const later = () => import("../guard/guard.js");\n`,
      "guard/guard.ts": value,
    },
  },
  { rule: "every-file-has-a-floor", files: imports("helpers/a.ts", "errors.ts") },

  // Packages and Node.
  { rule: "jose-stays-in-its-place", files: { "guard/guard.ts": `export * from "jose";\n` } },
  {
    rule: "jose-stays-in-its-place",
    files: { "guard/guard.ts": `import type { JWK } from "jose";\nexport type Key = JWK;\n` },
  },
  {
    rule: "workos-inc-node-stays-in-its-place",
    files: { "access/rule.ts": `export * from "@workos-inc/node";\n` },
  },
  {
    rule: "lru-cache-stays-in-its-place",
    files: { "session/session.ts": `export * from "lru-cache";\n` },
  },
  {
    rule: "opentelemetry-api-stays-in-its-place",
    files: { "hosts/xmcp/workos-provider.ts": `export * from "@opentelemetry/api";\n` },
  },
  {
    rule: "standards-need-nothing",
    files: { "standards/bearer.ts": `export * from "declared";\n` },
  },
  { rule: "node-at-the-edges", files: { "guard/guard.ts": `import "node:fs";\n` } },
  { rule: "node-at-the-edges", files: { "session/session.ts": `import "node:async_hooks";\n` } },
  {
    rule: "session-store-needs-async-hooks-only",
    files: { "session/store.ts": `import "node:crypto";\n` },
  },
  { rule: "node-at-the-edges", files: { "hosts/fetch/fetch-host.ts": `import "node:http";\n` } },
  { rule: "node-at-the-edges", files: { "hosts/assemble.ts": `import "node:crypto";\n` } },
  {
    rule: "web-hosts-without-node",
    files: imports("hosts/fetch/fetch-guard.ts", "hosts/node/platform.ts"),
  },
  { rule: "web-hosts-without-node", files: imports("hosts/workers.ts", "hosts/express.ts") },
  { rule: "node-at-the-edges", files: { "exchange/exchange.ts": `import "node:http";\n` } },
  {
    rule: "frameworks-by-type-only",
    files: { "hosts/xmcp/workos-provider.ts": `export { x } from "xmcp";\n` },
  },
  { rule: "frameworks-by-type-only", files: { "hosts/express.ts": `import "express";\n` } },
  {
    rule: "frameworks-in-hosts-only",
    files: { "guard/guard.ts": `import type { X } from "xmcp";\nexport type Y = X;\n` },
  },
  { rule: "token-asks-no-api", files: imports("token/verify.ts", "workos/client.ts") },
  { rule: "token-asks-no-api", files: imports("token/verify.ts", "observers/hooks.ts") },
  {
    rule: "access-and-guard-know-no-observer",
    files: imports("guard/guard.ts", "observers/hooks.ts"),
  },
  {
    rule: "access-and-guard-know-no-observer",
    files: imports("access/rule.ts", "audit/outbox.ts"),
  },
  {
    rule: "hosts-take-requests-and-answers",
    files: imports("hosts/node/node-handler.ts", "guard/guard.ts"),
  },
  {
    rule: "hosts-decide-nothing",
    files: imports("hosts/node/node-handler.ts", "access/access-control.ts"),
  },
  {
    rule: "hosts-decide-nothing",
    files: imports("hosts/node/node-handler.ts", "token/verify.ts"),
  },
  {
    rule: "published-dependencies-only",
    files: { "guard/guard.ts": `export * from "undeclared";\n` },
  },
  {
    rule: "published-dependencies-only",
    files: { "guard/guard.ts": `export * from "development";\n` },
  },
  {
    rule: "src-without-tests",
    files: {
      "guard/guard.ts": `export * from "../../test/guard.js";\n`,
      "/packages/workos/test/guard.ts": value,
    },
  },
  {
    rule: "src-without-tests",
    files: {
      "guard/guard.ts": `export * from "../../../../test/guard.js";\n`,
      "/test/guard.ts": value,
    },
  },
  { rule: "imports-resolve", files: { "guard/guard.ts": `export * from "./nowhere.js";\n` } },

  // The two packages.
  {
    rule: "workos-without-emulator",
    files: {
      "/packages/workos/test/guard.ts": `export * from "@xmcp-dev/authkit-emulator";\n`,
    },
  },
  {
    rule: "workos-without-emulator",
    files: {
      "guard/guard.ts": `export * from "../../../emulator/src/index.js";\n`,
      "/packages/emulator/src/index.ts": value,
    },
  },
  {
    rule: "emulator-without-workos",
    files: { "/packages/emulator/test/seed.ts": `export * from "@xmcp-dev/workos";\n` },
  },
  {
    rule: "emulator-without-sdk",
    files: { "/packages/emulator/src/index.ts": `export * from "@workos-inc/node";\n` },
  },

  // The emulator's floors.
  ...floors("emulator-", [
    ["http", "http/body.ts", "store/map.ts"],
    ["input", "input/reader.ts", "emulator-error.ts"],
    ["secrets", "secrets/seal.ts", "keys/signing-keys.ts"],
    ["store", "store/map.ts", "clock.ts"],
    ["clock", "clock.ts", "input/values.ts"],
    ["emulator-error", "emulator-error.ts", "events/event-log.ts"],
    ["events", "events/event-log.ts", "environment/environment.ts"],
    ["keys", "keys/signing-keys.ts", "tokens/access-token.ts"],
    ["seed", "seed/seed.ts", "oauth/token.ts"],
    ["faults", "faults/fault.ts", "service.ts"],
    ["server", "server/listener.ts", "options/read-options.ts"],
    ["options", "options/read-options.ts", "environment/environment.ts"],
    ["environment", "environment/environment.ts", "api/users.ts"],
    ["tokens", "tokens/access-token.ts", "clients/client.ts"],
    ["clients", "clients/client.ts", "oauth/register.ts"],
    ["api", "api/users.ts", "state.ts"],
    ["oauth", "oauth/token.ts", "control/token.ts"],
    ["sign-in", "sign-in/pages.ts", "control/page.ts"],
    ["control", "control/token.ts", "routes.ts"],
    ["routes", "routes.ts", "state.ts"],
    ["state", "state.ts", "service.ts"],
    ["service", "service.ts", "emulator.ts"],
    ["emulator", "emulator.ts", "index.ts"],
    ["index", "index.ts", "cli/run.ts"],
    ["cli", "cli/run.ts", "index.ts"],
  ]),
  {
    rule: "emulator-every-file-has-a-floor",
    files: inEmulator(imports("helpers/a.ts", "clock.ts")),
  },

  // Cycles.
  {
    rule: "no-cycle",
    files: {
      "guard/guard.ts": `import type { B } from "./answer.js";\nexport type A = B;\n`,
      "guard/answer.ts": `import type { A } from "./guard.js";\nexport type B = A;\n`,
    },
  },
];

/** Everything that is allowed and comes close to being forbidden. */
export const clean: Planted["files"] = {
  "index.ts": `export * from "./hosts/xmcp/workos-provider.js";\nexport * from "./portable.js";\n`,
  "index.workerd.ts": `export * from "./portable.js";\n`,
  "portable.ts": `export * from "./standards/bearer.js";\n`,
  "audit-logs.ts": `export * from "./audit/sqlite-outbox.js";\n`,
  "opentelemetry.ts": `export * from "./trail/event.js";\n`,
  "testing.ts": `export * from "./testing/session.js";\n`,
  "hosts/xmcp/workos-provider.ts":
    `import "node:http";\nimport type { X } from "xmcp";\nimport type { E } from "express";\n` +
    `export * from "../node/node-handler.js";\nexport type Y = X | E;\n` +
    `export * from "../../access/compare-access.js";\n`,
  "hosts/node/node-handler.ts":
    `export * from "../../exchange/exchange.js";\nexport * from "../../guard/answer.js";\n` +
    `import type { value } from "../../guard/guard.js";\nexport type V = typeof value;\n`,
  "cli/main.ts": `import "node:fs";\nexport * from "../server/configuration.js";\nexport * from "../audit/sqlite-outbox.js";\n`,
  "testing/session.ts": `import "node:fs";\nexport * from "../session/store.js";\n`,
  "exchange/exchange.ts": `export * from "../server/resource-server.js";\nexport * from "../guard/guard.js";\n`,
  "server/resource-server.ts": `export * from "./configuration.js";\nexport * from "../guard/guard.js";\n`,
  "server/configuration.ts": `export * from "../authkit/issuer.js";\nexport * from "../observers/hooks.js";\n`,
  "guard/guard.ts": `export * from "../access/rule.js";\nexport * from "lru-cache";\nexport const value = 1;\n`,
  "guard/answer.ts": value,
  "access/rule.ts": `export * from "../session/store.js";\n`,
  "access/compare-access.ts": `export * from "./rule.js";\n`,
  "session/store.ts": `import "node:async_hooks";\nexport * from "../credential/verify-credential.js";\n`,
  "credential/verify-credential.ts": `export * from "../token/verify.js";\nexport * from "../workos/client.js";\n`,
  "token/verify.ts": `export * from "jose";\nexport * from "./refusal.js";\n`,
  "token/refusal.ts": `export * from "../trail/event.js";\n`,
  "observers/hooks.ts": `export * from "../audit/outbox.js";\nexport * from "../trail/event.js";\n`,
  "audit/outbox.ts": `export * from "../workos/client.js";\n`,
  "audit/sqlite-outbox.ts": `import "node:fs";\nexport * from "./outbox.js";\n`,
  "authkit/issuer.ts": `export * from "../standards/bearer.js";\n`,
  "workos/client.ts": `export * from "@workos-inc/node";\nexport * from "../trail/event.js";\n`,
  "trail/event.ts": `export * from "../errors.js";\n`,
  "errors.ts": `export * from "./standards/bearer.js";\n`,
  "standards/bearer.ts": value,
  "known-members.ts": `export * from "./errors.js";\nexport * from "./standards/bearer.js";\n`,
  "/packages/workos/test/guard.test.ts": `import "node:fs";\nexport * from "../src/guard/guard.js";\n`,
  ...inEmulator({
    "index.ts": `import "node:fs";\nexport * from "jose";\nexport * from "./emulator.js";\n`,
    "cli/run.ts": `export * from "../emulator.js";\n`,
    "emulator.ts": `export * from "./service.js";\nexport * from "./control/token.js";\n`,
    "service.ts": `export * from "./state.js";\nexport * from "./faults/fault.js";\n`,
    "state.ts": `export * from "./routes.js";\n`,
    "routes.ts": `export * from "./oauth/token.js";\nexport * from "./sign-in/pages.js";\n`,
    "control/token.ts": `export * from "../oauth/token.js";\n`,
    "sign-in/pages.ts": `export * from "../oauth/token.js";\n`,
    "oauth/token.ts": `export * from "../clients/client.js";\nexport * from "../tokens/access-token.js";\n`,
    "clients/client.ts": `export * from "../seed/seed.js";\n`,
    "tokens/access-token.ts": `export * from "../environment/environment.js";\n`,
    "environment/environment.ts": `export * from "../seed/seed.js";\nexport * from "../events/event-log.js";\n`,
    "seed/seed.ts": `export * from "../input/values.js";\n`,
    "faults/fault.ts": `export * from "../emulator-error.js";\n`,
    "emulator-error.ts": `export * from "./input/values.js";\n`,
    "events/event-log.ts": value,
    "input/values.ts": value,
  }),
};
