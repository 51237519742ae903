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

function emulatorFloors(
  steps: readonly (readonly [place: string, from: string, to: string])[],
): readonly Planted[] {
  return steps.map(([place, from, to]) => ({
    rule: `emulator-${place}-imports-down`,
    files: inEmulator(imports(from, to)),
  }));
}

export const planted: readonly Planted[] = [
  // Floor by floor: one step up, or across to a neighbour.
  { rule: "standards-imports-down", files: imports("standards/bearer.ts", "token/verify.ts") },
  { rule: "errors-imports-down", files: imports("errors.ts", "trail/event.ts") },
  { rule: "standards-imports-down", files: imports("standards/bearer.ts", "errors.ts") },
  { rule: "known-members-imports-down", files: imports("known-members.ts", "trail/event.ts") },
  { rule: "authkit-imports-down", files: imports("authkit/issuer.ts", "workos/client.ts") },
  { rule: "workos-imports-down", files: imports("workos/client.ts", "authkit/issuer.ts") },
  { rule: "trail-imports-down", files: imports("trail/event.ts", "token/verify.ts") },
  { rule: "token-imports-down", files: imports("token/verify.ts", "session/session.ts") },
  { rule: "session-imports-down", files: imports("session/session.ts", "access/rule.ts") },
  { rule: "access-imports-down", files: imports("access/rule.ts", "guard/guard.ts") },
  { rule: "guard-imports-down", files: imports("guard/guard.ts", "resource-server.ts") },
  { rule: "options-imports-down", files: imports("options.ts", "configuration.ts") },
  { rule: "option-problems-imports-down", files: imports("option-problems.ts", "options.ts") },
  {
    rule: "configuration-imports-down",
    files: imports("configuration.ts", "resource-server.ts"),
  },
  { rule: "resource-server-imports-down", files: imports("resource-server.ts", "index.ts") },
  { rule: "api-clients-imports-down", files: imports("api-clients.ts", "resource-server.ts") },
  { rule: "index-imports-down", files: imports("index.ts", "helpers/a.ts") },
  { rule: "index.workerd-imports-down", files: imports("index.workerd.ts", "index.ts") },
  { rule: "portable-imports-down", files: imports("portable.ts", "index.ts") },
  { rule: "audit-logs-imports-down", files: imports("audit-logs.ts", "portable.ts") },
  { rule: "opentelemetry-imports-down", files: imports("opentelemetry.ts", "portable.ts") },
  { rule: "testing-entry-imports-down", files: imports("testing.ts", "portable.ts") },
  { rule: "adapters-imports-down", files: imports("adapters/xmcp.ts", "cli/main.ts") },
  { rule: "cli-imports-down", files: imports("cli/main.ts", "testing/session.ts") },
  { rule: "cli-imports-down", files: imports("cli/main.ts", "adapters/xmcp.ts") },
  { rule: "trail-imports-down", files: imports("trail/event.ts", "workos/client.ts") },
  { rule: "testing-imports-down", files: imports("testing/session.ts", "adapters/xmcp.ts") },
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
      "guard/guard.ts": `export type Doors = import("../adapters/xmcp.js").Doors;\n`,
      "adapters/xmcp.ts": "export type Doors = 1;\n",
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
    files: { "adapters/xmcp.ts": `export * from "@opentelemetry/api";\n` },
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
  { rule: "hosts-by-type-only", files: { "adapters/xmcp.ts": `export { x } from "xmcp";\n` } },
  { rule: "hosts-by-type-only", files: { "adapters/express.ts": `import "express";\n` } },
  {
    rule: "hosts-in-adapters-only",
    files: { "guard/guard.ts": `import type { X } from "xmcp";\nexport type Y = X;\n` },
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
  ...emulatorFloors([
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
  "index.ts": `export * from "./adapters/xmcp.js";\nexport * from "./portable.js";\n`,
  "index.workerd.ts": `export * from "./portable.js";\n`,
  "portable.ts": `export * from "./standards/bearer.js";\n`,
  "audit-logs.ts": `export * from "./adapters/sqlite-outbox.js";\n`,
  "opentelemetry.ts": `export * from "./trail/event.js";\n`,
  "testing.ts": `export * from "./testing/session.js";\n`,
  "adapters/xmcp.ts":
    `import "node:http";\nimport type { X } from "xmcp";\nimport type { E } from "express";\n` +
    `export * from "../resource-server.js";\nexport type Y = X | E;\n`,
  "cli/main.ts": `import "node:fs";\nexport * from "../configuration.js";\nexport * from "../adapters/sqlite-outbox.js";\n`,
  "adapters/sqlite-outbox.ts": `export * from "../trail/event.js";\n`,
  "testing/session.ts": `import "node:fs";\nexport * from "../session/store.js";\n`,
  "api-clients.ts": `export * from "./configuration.js";\n`,
  "resource-server.ts": `export * from "./api-clients.js";\nexport * from "./configuration.js";\nexport * from "./guard/guard.js";\n`,
  "configuration.ts": `export * from "./options.js";\nexport * from "./option-problems.js";\nexport * from "./authkit/issuer.js";\n`,
  "options.ts": `export * from "./token/verify.js";\n`,
  "guard/guard.ts": `export * from "../access/rule.js";\nexport * from "lru-cache";\n`,
  "access/rule.ts": `export * from "../session/store.js";\n`,
  "session/store.ts": `import "node:async_hooks";\nexport * from "../token/verify.js";\n`,
  "token/verify.ts": `export * from "jose";\nexport * from "./refusal.js";\n`,
  "token/refusal.ts": `export * from "../trail/event.js";\nexport * from "../workos/client.js";\n`,
  "authkit/issuer.ts": `export * from "../standards/bearer.js";\n`,
  "workos/client.ts": `export * from "@workos-inc/node";\nexport * from "../trail/event.js";\n`,
  "trail/event.ts": `export * from "../errors.js";\n`,
  "errors.ts": `export * from "./standards/bearer.js";\n`,
  "standards/bearer.ts": value,
  "option-problems.ts": `export * from "./errors.js";\n`,
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
