import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { openSqliteOutbox } from "../../src/audit/sqlite-outbox.js";
import { letter } from "../audit/delivery-setup.js";
import { runCommand } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cli-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const ACTIONS = [
  "mcp.tool.called",
  "mcp.tool.denied",
  "mcp.resource.read",
  "mcp.resource.denied",
  "mcp.prompt.read",
  "mcp.prompt.denied",
];

describe("audit-log-schemas", () => {
  it("prints the schemas as JSON", async () => {
    const { code, out } = await runCommand(["audit-log-schemas"]);
    expect(code).toBe(0);
    const schemas = JSON.parse(out.join("\n")) as { action: string }[];
    expect(schemas.map(({ action }) => action)).toEqual(ACTIONS);
    expect(schemas[1]).toEqual({
      action: "mcp.tool.denied",
      targets: [{ type: "tool" }],
      metadata: {
        outcome: "string",
        method: "string",
        client_id: "string",
        impersonator: "string",
        rule: "string",
        request_id: "string",
        protocol_version: "string",
        sent_as: "string",
        status: "string",
        duration_ms: "string",
        reason: "string",
        one_of: "string",
      },
    });
  });

  it("creates those that are missing, and leaves those that are there", async () => {
    const created: string[] = [];
    const api: typeof fetch = async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      expect(url.origin).toBe("http://127.0.0.1:4100");
      expect(new Headers(init?.headers).get("authorization")).toBe("Bearer sk_test_1");
      const action = url.pathname.split("/")[3] ?? "";
      if (init?.method === "POST") {
        created.push(action);
        const body = JSON.parse(init.body as string) as object;
        return Promise.resolve(
          Response.json({ object: "audit_log_schema", version: 1, created_at: "x", ...body }),
        );
      }
      if (action === "mcp.tool.called") {
        const schema = { object: "audit_log_schema", version: 1, targets: [{ type: "tool" }] };
        return Promise.resolve(
          Response.json({ object: "list", data: [schema], list_metadata: {} }),
        );
      }
      // WorkOS may know no such action, or know it and have nothing.
      return Promise.resolve(
        action === "mcp.tool.denied"
          ? Response.json({ object: "list", data: [], list_metadata: {} })
          : Response.json({ message: "Not found" }, { status: 404 }),
      );
    };
    const env = { WORKOS_API_KEY: "sk_test_1", WORKOS_API_URL: "http://127.0.0.1:4100" };
    const { code, out } = await runCommand(["audit-log-schemas", "--create"], { env, fetch: api });
    expect(code).toBe(0);
    expect(created).toEqual(ACTIONS.slice(1));
    expect(out).toEqual([
      ...ACTIONS.slice(1).map((action) => `created  ${action}`),
      "present  mcp.tool.called",
    ]);
  });

  it.each([
    [{}, "apiKey is missing: set WORKOS_API_KEY (WorkOS dashboard > API Keys)"],
    [
      { WORKOS_API_KEY: "secret" },
      "apiKey is no WorkOS API key: those are sk_ and letters, digits, _ or -",
    ],
    [
      { WORKOS_API_KEY: "sk_1", WORKOS_API_URL: "http://api.secret.example" },
      "apiURL must be https",
    ],
    [
      { WORKOS_API_KEY: "sk_1", WORKOS_API_URL: "ftp://api.secret.example" },
      "apiURL must be https",
    ],
    [
      { WORKOS_API_KEY: "sk_1", WORKOS_API_URL: "https://me:secret@api.example" },
      "apiURL must have no query, fragment or credentials",
    ],
    [
      { WORKOS_API_KEY: "sk_1", WORKOS_API_URL: "https://api.example/v1" },
      "apiURL must have no path",
    ],
    [{ WORKOS_API_KEY: "sk_1" }, "WorkOS at https://api.workos.com cannot be reached"],
  ])("says what is wrong with %j, and never the key", async (env, problem) => {
    const { code, out, err } = await runCommand(["audit-log-schemas", "--create"], { env });
    expect(code).toBe(1);
    expect(out).toEqual([]);
    expect(err.join("\n")).toContain(problem);
    expect(err.join("\n")).not.toMatch(/secret|sk_1/);
  });

  it("names why an API does not answer, and what can be done", async () => {
    const env = { WORKOS_API_KEY: "sk_1", WORKOS_API_URL: "http://127.0.0.1:4100" };
    const cause = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    const { code, err } = await runCommand(["audit-log-schemas", "--create"], {
      env,
      fetch: async () => Promise.reject(new TypeError("fetch failed", { cause })),
    });
    expect(code).toBe(1);
    expect(err).toEqual([
      "WorkOS at http://127.0.0.1:4100 cannot be reached (ECONNREFUSED). Is the local AuthKit running, at this port? Without it: types --no-workos leaves WorkOS's names as they are, and access --personas <file.json> asks about callers of a file.",
    ]);
  });

  it.each([
    { WORKOS_API_KEY: "sk_1", WORKOS_API_URL: " " },
    { WORKOS_API_KEY: '"sk_1"', WORKOS_API_URL: '""' },
    { WORKOS_API_KEY: "sk_1\\n" },
  ])("reads variables as the server does: %j", async (env) => {
    const urls: string[] = [];
    const { code } = await runCommand(["audit-log-schemas", "--create"], {
      env,
      fetch: async (input, init) => {
        urls.push(new URL(input instanceof Request ? input.url : input).origin);
        expect(new Headers(init?.headers).get("authorization")).toBe("Bearer sk_1");
        return Promise.resolve(Response.json({ message: "x" }, { status: 401 }));
      },
    });
    expect(code).toBe(1);
    expect(urls).toEqual(["https://api.workos.com"]);
  });

  it("RS-58: sends the key nowhere when the URL is none for it", async () => {
    const sent: unknown[] = [];
    for (const WORKOS_API_URL of [
      "http://api.example",
      "ftp://api.example",
      "https://a@api.example",
    ]) {
      await runCommand(["audit-log-schemas", "--create"], {
        env: { WORKOS_API_KEY: "sk_1", WORKOS_API_URL },
        fetch: async (input) => {
          sent.push(input);
          return Promise.resolve(Response.json({}));
        },
      });
    }
    expect(sent).toEqual([]);
  });

  it("prints what WorkOS says without bytes that move the cursor", async () => {
    const { err } = await runCommand(["audit-log-schemas", "--create"], {
      env: { WORKOS_API_KEY: "sk_1" },
      fetch: async () =>
        Promise.resolve(Response.json({ message: "a\u001b[2Jb\u009bc\u202e" }, { status: 400 })),
    });
    expect(err.join("\n")).toContain("\\u001b[2J");
    for (const hidden of ["\u001b", "\u009b", "\u202e"]) {
      expect(err.join("\n")).not.toContain(hidden);
    }
  });

  it("says what WorkOS answered", async () => {
    const { code, err } = await runCommand(["audit-log-schemas", "--create"], {
      env: { WORKOS_API_KEY: "sk_1" },
      fetch: async () =>
        Promise.resolve(Response.json({ message: "Unauthorized" }, { status: 401 })),
    });
    expect(code).toBe(1);
    expect(err.join()).toContain("WorkOS answered 401");
  });
});

describe("failed-entries", () => {
  it("are listed, a line each, and sent again, some or all", async () => {
    const path = join(folder, "outbox.sqlite");
    const outbox = openSqliteOutbox(path, 10);
    for (const key of ["a", "b", "c"]) {
      outbox.put(letter(key), true, 1);
      outbox.bury(key, "no schema", Date.UTC(2026, 0, 1));
    }
    const listed = await runCommand(["failed-entries", path]);
    expect(listed.code).toBe(0);
    expect(listed.out.map((line) => JSON.parse(line) as object)).toEqual(
      ["a", "b", "c"].map((key) => ({
        failedAt: "2026-01-01T00:00:00.000Z",
        ...letter(key),
        problem: "no schema",
      })),
    );
    const some = await runCommand(["failed-entries", path, "--retry", "b", "gone"]);
    expect(some).toEqual({
      code: 1,
      out: ["1 will be sent again, within half a minute or when the server starts."],
      err: [`${path} has no failed entry with the key gone`],
    });
    expect(outbox.due("org_01", 100, 10).map(({ key }) => key)).toEqual(["b"]);
    await runCommand(["failed-entries", path, "--retry"]);
    expect(outbox.due("org_01", 100, 10)).toHaveLength(3);
    outbox.close();
  });

  it("need an outbox that is there", async () => {
    const { code, err } = await runCommand(["failed-entries", join(folder, "none")]);
    expect(code).toBe(1);
    expect(err.join()).toContain("there is no ");
  });

  it("are looked for in no other file, and a file in use is named", async () => {
    const path = join(folder, "other.sqlite");
    const other = new DatabaseSync(path);
    other.exec("CREATE TABLE people (name TEXT)");
    const foreign = await runCommand(["failed-entries", path]);
    expect([foreign.code, foreign.err.join()]).toEqual([
      1,
      expect.stringContaining("other.sqlite is no outbox: no such table: letters"),
    ]);
    expect(other.prepare("SELECT name FROM sqlite_master").all()).toHaveLength(1);
    other.exec("CREATE TABLE letters (sent_to TEXT)");
    expect((await runCommand(["failed-entries", path])).err.join()).toContain(
      "other.sqlite is no outbox",
    );
    other.close();

    const held = join(folder, "held.sqlite");
    const outbox = openSqliteOutbox(held, 10);
    outbox.put(letter("a"), true, 1);
    outbox.bury("a", "no schema", 1);
    const writer = new DatabaseSync(held);
    writer.exec("BEGIN IMMEDIATE");
    const { code, err } = await runCommand(["failed-entries", held, "--retry"]);
    expect([code, err.join()]).toEqual([1, `${held} cannot be used: database is locked`]);
    writer.close();
    outbox.close();
  });
});

describe("the command", () => {
  it.each([
    [[], "Which command shall run?"],
    [["bogus"], "There is no command bogus."],
    [["type"], "There is no command type: is types meant?"],
    [
      ["dead-letters", "audit.sqlite"],
      "There is no command dead-letters: is failed-entries meant?",
    ],
    [
      ["failed-entries"],
      "failed-entries needs the path of the outbox, as it was given to auditLogs({ outbox }).",
    ],
    [
      ["failed-entries", "file", "key"],
      "failed-entries takes keys with --retry only, and no --create.",
    ],
    [["audit-log-schemas", "file"], "audit-log-schemas takes --create and nothing else."],
    [["--craete"], "Unknown option '--craete'."],
  ])("says what is wrong with %j, and how to call it", async (given, problem) => {
    const { code, out, err } = await runCommand(given);
    expect([code, out, err[0]]).toEqual([2, [], problem]);
    expect(err.join("\n")).toContain("Usage: npx @xmcp-dev/workos <command>");
  });

  it("explains itself", async () => {
    const { code, out } = await runCommand(["--help"]);
    expect(code).toBe(0);
    expect(out.join()).toContain("failed-entries <outbox>");
  });

  it.each([
    [[]],
    [["schemas"]],
    [["audit-log-schemas", "more"]],
    [["audit-log-schemas", "--retry"]],
    [["failed-entries"]],
    [["failed-entries", "x", "--create"]],
    [["failed-entries", "x", "key"]],
    [["audit-log-schemas", "--force"]],
  ])("answers %j with how it is used", async (given) => {
    const { code, err, out } = await runCommand(given);
    expect(code).toBe(2);
    expect(out).toEqual([]);
    expect(err.join()).toContain("Usage: npx @xmcp-dev/workos <command>");
  });
});
