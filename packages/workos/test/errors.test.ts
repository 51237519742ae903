import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  ConfigurationError,
  WorkOSAuthError,
  workosProvider,
  type ErrorCode,
} from "../src/index.js";
import type * as exported from "../src/index.js";

type Package = typeof exported;

/** Every code; the compiler keeps the list whole. */
const CODES: Readonly<Record<ErrorCode, true>> = {
  invalid_configuration: true,
  no_session: true,
  not_a_user: true,
  no_provider: true,
  access_denied: true,
  access_unavailable: true,
  outbox_unavailable: true,
  answer_withheld: true,
  denied_too_late: true,
  invalid_rule: true,
};

const PAGE = readFileSync(join(import.meta.dirname, "../../../docs/errors.md"), "utf8");

it("an error has a class, a name, a code and the URL of the code's section", () => {
  const error = new WorkOSAuthError("no_session", "x");
  expect(error).toBeInstanceOf(Error);
  expect(error).not.toBeInstanceOf(ConfigurationError);
  expect([error.name, error.code, error.message]).toEqual(["WorkOSAuthError", "no_session", "x"]);
  expect(error.docs).toBe("https://xmcp.dev/docs/integrations/workos/errors#no_session");
  expect("cause" in error).toBe(false);
});

it("an error is of a program's own class only if that class made it", () => {
  class RefundError extends WorkOSAuthError {}

  const refund = new RefundError("access_denied", "Refunds are closed");
  expect(refund).toBeInstanceOf(RefundError);
  expect(refund).toBeInstanceOf(WorkOSAuthError);
  expect(new WorkOSAuthError("no_session", "Sign in")).not.toBeInstanceOf(RefundError);
});

it("an error keeps the error that it wraps", () => {
  const cause = new Error("ECONNREFUSED");
  expect(new WorkOSAuthError("access_unavailable", "x", { cause }).cause).toBe(cause);
});

it("docs/errors.md has a section for every code, and for no other", () => {
  const sections = [...PAGE.matchAll(/^## ([a-z_]+)$/gm)].map(([, code]) => code);
  expect(new Set(sections)).toEqual(new Set(Object.keys(CODES)));
  expect(sections).toHaveLength(Object.keys(CODES).length);
});

it("a configuration error lists every problem, and keeps each with its path", () => {
  const given = [
    { path: "clientId", message: "clientId is missing" },
    { path: "access.tools", message: "access.tools must be an object" },
  ];
  const error = new ConfigurationError(given);
  given.push({ path: "x", message: "x" });
  expect(error).toBeInstanceOf(WorkOSAuthError);
  expect([error.name, error.code]).toEqual(["ConfigurationError", "invalid_configuration"]);
  expect(error.message).toBe(
    "workosProvider() cannot start:\n  - clientId is missing\n  - access.tools must be an object\nSee https://xmcp.dev/docs/integrations/workos/errors#invalid_configuration",
  );
  expect(error.problems).toEqual([
    { path: "clientId", message: "clientId is missing" },
    { path: "access.tools", message: "access.tools must be an object" },
  ]);
  expect([error.problems, ...error.problems].every(Object.isFrozen)).toBe(true);
});

it("every problem of a configuration names its path once, in a line of its own", () => {
  const config = {
    apiKey: "x",
    clientId: "client_01TEST",
    authkitDomain: "acme.authkit.app",
    baseURL: "https://mcp.example.com",
    publicPaths: ["/status", "/mcp/x"],
    revocation: { pollSeconds: 0, webhook: { secret: "s", path: "hook" } },
    access: { tools: { refund: { permissions: [] as never } } },
  };
  const thrown = ((): unknown => {
    try {
      return workosProvider(config, { env: {} });
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toBeInstanceOf(ConfigurationError);
  const { problems, message } = thrown as ConfigurationError;
  expect(problems.map(({ path }) => path).toSorted()).toEqual([
    'access.tools["refund"].permissions',
    "apiKey",
    "publicPaths[1]",
    "revocation.pollSeconds",
    "revocation.webhook.path",
  ]);
  for (const { path, message: line } of problems) expect(line.split(path)).toHaveLength(2);
  expect(message.split("\n").slice(1, -1)).toEqual(
    problems.map((problem) => `  - ${problem.message}`),
  );
});

describe("two copies of the built package", () => {
  const folder = mkdtempSync(join(tmpdir(), "workos-copies-"));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const built = join(import.meta.dirname, "..");
  const load = async (name: string): Promise<Package> => {
    // Below a node_modules, so that it is loaded as an application loads it.
    const place = join(folder, name, "node_modules/@xmcp-dev/workos");
    cpSync(join(built, "dist"), join(place, "dist"), { recursive: true });
    cpSync(join(built, "package.json"), join(place, "package.json"));
    symlinkSync(join(built, "../../node_modules"), join(place, "node_modules"));
    return (await import(join(place, "dist/index.js"))) as Package;
  };

  it("recognize each other's errors by instanceof, and tell the classes apart", async () => {
    const [one, other] = [await load("one"), await load("other")];
    expect(one.WorkOSAuthError).not.toBe(other.WorkOSAuthError);
    const plain = new one.WorkOSAuthError("no_session", "x");
    const configuration = new one.ConfigurationError([]);
    class Own extends other.ConfigurationError {}
    const is = (error: unknown): readonly boolean[] =>
      [other.WorkOSAuthError, other.ConfigurationError, Own, Error].map(
        (errorClass) => error instanceof errorClass,
      );
    expect(is(plain)).toEqual([true, false, false, true]);
    expect(is(configuration)).toEqual([true, true, false, true]);
    expect(is(new Own([]))).toEqual([true, true, true, true]);
    const denied = new one.AccessDeniedError("x", "role_missing", {});
    expect(is(denied)).toEqual([true, false, false, true]);
    expect(denied).toBeInstanceOf(other.AccessDeniedError);
    expect(configuration).not.toBeInstanceOf(other.AccessDeniedError);
    expect(new Own([])).toBeInstanceOf(one.ConfigurationError);
    expect(is(new Error("no_session"))).toEqual([false, false, false, true]);
    expect(is({ code: "no_session", name: "WorkOSAuthError" })).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(is(undefined)).toEqual([false, false, false, false]);
  });
});
