import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { auditLogs, auditLogSchemas, ensureSchemas } from "../../src/audit-logs.js";
import {
  ConfigurationError,
  defineAccess,
  hasPermissionOn,
  workosProvider,
  type Problem,
} from "../../src/index.js";
import { openTelemetry } from "../../src/opentelemetry.js";
import { compareAccess } from "../../src/testing.js";
import { GOOD_CONFIG } from "../support/guarded-server.js";

/** Every function that takes options, called with these. */
const TAKING: Readonly<Record<string, (options: never) => unknown>> = {
  workosProvider: (options: object) => workosProvider({ ...GOOD_CONFIG, log: false, ...options }),
  overrides: (options) => workosProvider({ ...GOOD_CONFIG, log: false }, options),
  auditLogs: (options) => auditLogs(options),
  openTelemetry: (options) => openTelemetry(options),
  registered: (options) => compareAccess({ tools: {} }, options),
  access: (options) => defineAccess(options),
};

function problemsOf(call: () => unknown): readonly Problem[] {
  try {
    call();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

describe("a function that takes options", () => {
  it.each<[string, object, string, string]>([
    ["auditLogs", { perSecond: 5 }, "auditLogs.perSecond", "is now called maxPerSecond"],
    [
      "auditLogs",
      { maxPerSecond: "5" },
      "auditLogs.maxPerSecond",
      "must be a number of events above 0",
    ],
    [
      "auditLogs",
      { outbox: ":memory:" },
      "auditLogs.outbox",
      "must be the path of a file that outlives the process; left out, events wait in memory",
    ],
    [
      "openTelemetry",
      { meterProvider: { getTracer: () => 0 } },
      "openTelemetry.meterProvider",
      "must be a MeterProvider of @opentelemetry/api: it has getMeter()",
    ],
    [
      "openTelemetry",
      { tracerProvider: null },
      "openTelemetry.tracerProvider",
      "must be a TracerProvider of @opentelemetry/api: it has getTracer()",
    ],
    [
      "overrides",
      { now: Date.now() },
      "overrides.now",
      "must be a function that returns milliseconds since the epoch",
    ],
    [
      "overrides",
      { env: "production" },
      "overrides.env",
      "must be an object from names to texts, as process.env is",
    ],
    ["registered", { tool: ["x"] }, "registered.tool", "is unknown: is tools meant?"],
    ["registered", { tools: "x" }, "registered.tools", "must be a list of names"],
    ["registered", { prompts: [5] }, "registered.prompts", "must be a list of names"],
  ])("%s refuses %o, with the path of it", (name, options, path, isWrong) => {
    expect(problemsOf(() => TAKING[name]?.(options as never))).toEqual([
      { path, message: `${path} ${isWrong}` },
    ]);
  });

  it.each(["overrides", "auditLogs", "openTelemetry", "registered"])(
    "%s refuses what is no object, a promise included, and a getter that throws",
    (name) => {
      const of = (options: unknown): readonly Problem[] =>
        problemsOf(() => TAKING[name]?.(options as never));
      for (const odd of [null, "x", 5, [], Promise.resolve({}), () => ({})]) {
        const message = expect.stringMatching(`^${name} must be an object with `) as string;
        expect(of(odd)).toEqual([{ path: name, message }]);
      }
      const throwing = {
        get any(): never {
          throw new Error("no");
        },
      };
      const message = `${name} cannot be read: a getter or a proxy throws`;
      expect(of(throwing)).toEqual([{ path: name, message }]);
    },
  );

  it("refuses every option that does not exist, of every function, by its path", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(TAKING)),
        fc.string().filter((name) => !(name in Object.prototype)),
        (taking, name) => {
          const option = `${name}~`;
          const problems = problemsOf(() => TAKING[taking]?.({ [option]: 1 } as never));
          const path = taking === "workosProvider" ? option : `${taking}.${option}`;
          expect(problems.map((problem) => problem.path)).toEqual([path]);
        },
      ),
    );
  });
});

describe("a function that takes arguments", () => {
  it("hasPermissionOn() refuses what is no slug and no function", () => {
    expect(problemsOf(() => hasPermissionOn("", { resourceId: "7" } as never))).toEqual([
      {
        path: "hasPermissionOn.permission",
        message: 'hasPermissionOn.permission must be the slug of a permission, such as "doc:edit"',
      },
      {
        path: "hasPermissionOn.resource",
        message:
          "hasPermissionOn.resource must be a function that picks the resource out of a call",
      },
    ]);
  });

  it("ensureSchemas() refuses what is no client and no list of schemas", async () => {
    const refused = ensureSchemas({} as never, [{}] as never);
    await expect(refused).rejects.toBeInstanceOf(ConfigurationError);
    await expect(refused).rejects.toMatchObject({
      problems: [{ path: "ensureSchemas.workos" }, { path: "ensureSchemas.schemas" }],
    });
    await expect(ensureSchemas(undefined as never, auditLogSchemas)).rejects.toMatchObject({
      problems: [
        {
          path: "ensureSchemas.workos",
          message:
            "ensureSchemas.workos must be a client of the WorkOS SDK, as getClient() returns it",
        },
      ],
    });
  });
});
