/**
 * Who may import whom. test/boundaries/ plants one violation of every rule below and expects exactly
 * that rule to report it.
 */
const src = "^packages/workos/src/";

/** The floors of packages/workos/src from the ground up. Imports only go down. */
const workos = {
  prefix: "",
  src,
  floors: [
    ["standards/", "errors.ts", "known-members.ts"],
    ["authkit/", "trail/"],
    ["workos/"],
    ["audit/"],
    ["observers/"],
    ["token/"],
    ["credential/", "revocation/"],
    ["session/"],
    ["access/"],
    ["guard/"],
    ["server/"],
    ["exchange/"],
    ["hosts/", "cli/", "testing/"],
    [
      "portable.ts",
      "audit-logs.ts",
      "opentelemetry.ts",
      "redis.ts",
      "testing.ts",
      "fetch.ts",
      "next.ts",
      "workers.ts",
      "express.ts",
      "fastify.ts",
      "nest.ts",
      "hono.ts",
    ],
    ["index.ts", "index.workerd.ts"],
  ],
  /** The only imports between neighbours on one floor. */
  neighbours: {
    "errors.ts": ["standards/"],
    "known-members.ts": ["standards/", "errors.ts"],
    "cli/": ["hosts/xmcp/registered-names.ts", "testing/access-table.ts", "testing/persona.ts"],
    "testing/": ["hosts/fetch/"],
  },
};

/** The floors of packages/emulator/src: endpoints and what is behind them know nothing of what a test does with them. */
const emulator = {
  prefix: "emulator-",
  src: "^packages/emulator/src/",
  floors: [
    ["http/", "input/", "secrets/", "store/", "clock.ts"],
    ["emulator-error.ts", "events/", "keys/"],
    ["seed/", "faults/", "server/"],
    ["options/", "environment/"],
    ["tokens/", "clients/", "api/"],
    ["oauth/"],
    ["sign-in/"],
    ["control/", "routes.ts"],
    ["state.ts"],
    ["service.ts"],
    ["emulator.ts"],
    ["index.ts", "cli/"],
  ],
  neighbours: {},
};

/** The packages that may be imported at run time, and from where. */
const packages = {
  jose: ["token/"],
  "@workos-inc/node": ["workos/"],
  "lru-cache": ["token/", "revocation/", "workos/", "access/", "guard/", "authkit/"],
  "@opentelemetry/api": ["observers/open-telemetry", "observers/instruments.ts"],
};

const oneOf = (places) => `(${places.join("|").replaceAll(".", "\\.")})`;
const inside = (places) => `${src}${oneOf(places)}`;
const modules = (names) => `(^|/)node_modules/(@types/)?${oneOf(names)}(/|$)|^${oneOf(names)}(/|$)`;
/** A folder and a file may have the same name. */
const nameOf = (place) =>
  place === "testing.ts" ? "testing-entry" : place.replace(/\/$|\.ts$/, "");

const floorRules = [workos, emulator].flatMap(({ prefix, src: root, floors, neighbours }) => {
  const within = (places) => `${root}${oneOf(places)}`;
  return [
    ...floors.flatMap((places, height) =>
      places.map((place) => ({
        name: `${prefix}${nameOf(place)}-imports-down`,
        comment: `${place} is on floor ${height}: it may import from lower floors and from itself only.`,
        severity: "error",
        from: { path: within([place]) },
        to: {
          path: root,
          pathNot: within([place, ...floors.slice(0, height).flat(), ...(neighbours[place] ?? [])]),
        },
      })),
    ),
    {
      name: `${prefix}every-file-has-a-floor`,
      comment: "A file of src that is on no floor escapes every rule: give it one.",
      severity: "error",
      from: { path: root, pathNot: within(floors.flat()) },
      to: {},
    },
  ];
});

const packageRules = Object.entries(packages).map(([name, places]) => ({
  name: `${name.replace(/^@/, "").replace("/", "-")}-stays-in-its-place`,
  comment: `${name} is imported in ${places.join(", ")} only, so that it can be replaced there.`,
  severity: "error",
  from: { path: src, pathNot: inside(places) },
  to: { path: modules([name]) },
}));

export default {
  forbidden: [
    ...floorRules,
    ...packageRules,
    {
      name: "standards-need-nothing",
      comment: "standards/ is types and pure functions: no package, no Node, no I/O.",
      severity: "error",
      from: { path: inside(["standards/", "errors.ts"]) },
      to: { pathNot: src, dependencyTypesNot: ["core"] },
    },
    {
      name: "node-at-the-edges",
      comment:
        "Node's modules are for hosts/node/, hosts/xmcp/, cli/, testing/ and the outbox in a file; the rest runs anywhere.",
      severity: "error",
      from: {
        path: src,
        pathNot: [
          inside([
            "hosts/node/",
            "hosts/xmcp/",
            "hosts/express.ts",
            "hosts/fastify.ts",
            "hosts/nest.ts",
            "cli/",
            "testing/",
            "audit/sqlite-",
          ]),
          `${src}session/store\\.ts$`,
        ],
      },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "session-store-needs-async-hooks-only",
      comment: "session/store.ts holds the AsyncLocalStorage, and no other part of Node.",
      severity: "error",
      from: { path: `${src}session/store\\.ts$` },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?async_hooks$" },
    },
    {
      name: "frameworks-by-type-only",
      comment: "hosts/ translates for xmcp and Express without loading them: `import type`.",
      severity: "error",
      from: { path: inside(["hosts/"]) },
      to: { path: modules(["xmcp", "express"]), dependencyTypesNot: ["type-only"] },
    },
    {
      name: "frameworks-in-hosts-only",
      comment: "Below the hosts nothing knows of xmcp or Express, not even their types.",
      severity: "error",
      from: { path: src, pathNot: inside(["hosts/"]) },
      to: { path: modules(["xmcp", "express"]) },
    },
    {
      name: "token-asks-no-api",
      comment:
        "token/ judges access tokens by their issuer's keys; what WorkOS's API says of them is above it.",
      severity: "error",
      from: { path: inside(["token/"]) },
      to: { path: inside(["workos/", "audit/", "observers/"]) },
    },
    {
      name: "access-and-guard-know-no-observer",
      comment: "Decisions are reported through trail/; what becomes of a report is above them.",
      severity: "error",
      from: { path: inside(["credential/", "revocation/", "session/", "access/", "guard/"]) },
      to: { path: inside(["audit/", "observers/"]) },
    },
    {
      name: "web-hosts-without-node",
      comment:
        "What takes a Request and returns a Response runs without Node, and so does what it imports.",
      severity: "error",
      from: {
        path: inside(["hosts/fetch/", "hosts/next.ts", "hosts/workers.ts", "hosts/hono.ts"]),
      },
      to: { path: inside(["hosts/node/", "hosts/xmcp/", "hosts/express.ts"]) },
    },
    {
      name: "hosts-take-requests-and-answers",
      comment:
        "A host decides nothing: of guard/ it takes the request's type and the form of an answer.",
      severity: "error",
      from: { path: inside(["hosts/"]) },
      to: {
        path: inside(["guard/"]),
        pathNot: `${src}guard/answer\\.ts$`,
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "hosts-decide-nothing",
      comment:
        "A host goes through exchange/: it never asks access/, credential/ or token/ itself.",
      severity: "error",
      from: { path: inside(["hosts/"]) },
      to: {
        path: inside(["access/", "credential/", "token/", "revocation/"]),
        pathNot: `${src}access/compare-access\\.ts$`,
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "workos-without-emulator",
      comment: "The emulator is an independent oracle: no bug may hide in something both share.",
      severity: "error",
      from: { path: "^packages/workos/" },
      to: { path: `^packages/emulator/|${modules(["@xmcp-dev/authkit-emulator"])}` },
    },
    {
      name: "emulator-without-workos",
      comment: "The emulator is an independent oracle: no bug may hide in something both share.",
      severity: "error",
      from: { path: "^packages/emulator/" },
      to: { path: `^packages/workos/|${modules(["@xmcp-dev/workos"])}` },
    },
    {
      name: "emulator-without-sdk",
      comment: "The emulator states what WorkOS does in its own words; tests point the SDK at it.",
      severity: "error",
      from: { path: "^packages/emulator/src/" },
      to: { path: modules(["@workos-inc/node"]) },
    },
    {
      name: "no-cycle",
      comment: "Two files that need each other are one file, or miss a third. Types count.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "published-dependencies-only",
      comment: "What src imports, types too, must be among the package's own (peer) dependencies.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/" },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown", "undetermined"],
        dependencyTypesNot: ["npm", "npm-peer", "npm-optional"],
      },
    },
    {
      name: "src-without-tests",
      comment: "What is published does not reach into tests.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/" },
      to: { path: "^(test|packages/[^/]+/test)/" },
    },
    {
      name: "imports-resolve",
      comment: "An import that leads nowhere cannot be judged by any of these rules.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/" },
      to: { couldNotResolve: true, dependencyTypesNot: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: ["node_modules", "(^|/)dist/"] },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node", "default"],
      mainFields: ["module", "main", "types"],
    },
  },
};
