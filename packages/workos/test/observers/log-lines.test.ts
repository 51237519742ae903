import { describe, expect, it } from "vitest";
import type { AccessAttempt, AuthEvent } from "../../src/trail/event.js";
import { logLines } from "../../src/observers/log-lines.js";
import type { Logger, LogOptions } from "../../src/observers/read-log.js";
import { collect } from "../support/guarded-server.js";

const NOW = 1_700_000_000_000;
const TEXT = { format: "text", level: "info" } as const;

const linesOf = (event: AuthEvent, options: LogOptions = {}): string[] => {
  const lines: string[] = [];
  const logger = { ...collect(lines), debug: (line: string) => lines.push(`debug ${line}`) };
  logLines({ logger, ...TEXT, ...options }, () => NOW)(event);
  return lines;
};

const asked: AccessAttempt = {
  caller: { kind: "user", id: "user_01ADA" },
  organizationId: "org_01ACME",
  clientId: "client_01MCP",
  method: "tools/call",
  target: { kind: "tool", name: "refund" },
  rule: 'access.tools["refund"]',
  requestId: 7,
  protocolVersion: "2025-11-25",
  callId: "5f0c2f0e-0000-4000-8000-000000000000",
  from: { address: "203.0.113.7", userAgent: "Claude/1" },
};
const denied: AuthEvent = {
  kind: "denied",
  ...asked,
  reason: "role_missing",
  status: 200,
  detail: "it needs a role",
  durationMs: 3,
};
const answered: AuthEvent = {
  kind: "answered",
  ...asked,
  status: 200,
  isComplete: true,
  arguments: { dollars: 5 },
  durationMs: 12,
};
const started: AuthEvent = {
  kind: "started",
  resource: "https://m.example/mcp",
  issuer: "https://a.example",
  audience: "resource",
};

describe("logs", () => {
  const cases: [string, AuthEvent, string[]][] = [
    [
      "the start",
      started,
      [
        "info [workos] Guarding https://m.example/mcp with tokens from https://a.example for this resource only. In the WorkOS dashboard, Connect > Configuration > MCP resource indicators must hold exactly: https://m.example/mcp",
      ],
    ],
    [
      "the start of a server for the whole environment",
      { ...started, audience: "environment" },
      [
        expect.stringMatching(
          / https:\/\/a\.example for this resource or the whole environment\. In /,
        ),
      ],
    ],
    [
      "the start of a server that asks WorkOS about its audience",
      { ...started, audience: "undetermined" },
      [
        expect.stringMatching(
          / for this resource, or for the whole environment until this resource is a registered indicator\. In /,
        ),
      ],
    ],
    [
      "a refusal",
      {
        kind: "refused",
        reason: "token_expired",
        status: 401,
        method: "POST",
        detail: "it is over",
        durationMs: 1,
      },
      ["warn [workos] Refused POST with 401 token_expired: it is over"],
    ],
    [
      "a refusal that is our fault",
      {
        kind: "refused",
        reason: "keys_unavailable",
        status: 503,
        method: "GET",
        detail: "no keys",
        durationMs: 1,
      },
      ["error [workos] Refused GET with 503 keys_unavailable: no keys"],
    ],
    [
      "a refusal after a fault of this server",
      {
        kind: "refused",
        reason: "fault",
        status: 500,
        method: "POST",
        detail: "it broke",
        durationMs: 0,
      },
      ["error [workos] Refused POST with 500 fault: it broke"],
    ],
    [
      "how every client begins",
      {
        kind: "refused",
        reason: "credentials_missing",
        status: 401,
        method: "POST",
        detail: "none",
        durationMs: 1,
      },
      [],
    ],
    [
      "an outage",
      {
        kind: "issuer",
        issuer: "https://a.example",
        document: "key set",
        state: "unreachable",
        detail: "no answer",
      },
      ["warn [workos] The key set of https://a.example is unreachable: no answer"],
    ],
    [
      "a recovery",
      {
        kind: "issuer",
        issuer: "https://a.example",
        document: "metadata",
        state: "recovered",
        detail: "fine",
      },
      ["info [workos] The metadata of https://a.example is recovered: fine"],
    ],
    [
      "an API that is away",
      { kind: "api", about: "API keys", state: "unreachable", detail: "no answer" },
      ["warn [workos] The WorkOS API is unreachable for API keys: no answer"],
    ],
    [
      "an API that is back",
      { kind: "api", about: "API keys", state: "recovered", detail: "fine" },
      ["info [workos] The WorkOS API is recovered for API keys: fine"],
    ],
    [
      "an API key of this server that is refused",
      { kind: "api", about: "own API key", state: "refused", detail: "it answered 401" },
      ["error [workos] The WorkOS API refuses this server's own API key: it answered 401"],
    ],
    [
      "an API key of this server that is accepted again",
      { kind: "api", about: "own API key", state: "recovered", detail: "" },
      ["info [workos] The WorkOS API accepts this server's own API key again"],
    ],
    [
      "a server that is open",
      { kind: "unguarded", resource: "https://m.example/mcp", detail: "nothing is asked for" },
      ["error [workos] NOT guarding https://m.example/mcp: nothing is asked for"],
    ],
    [
      "a denial in a batch",
      { ...denied, oneOf: { number: 1, of: 3 } },
      [
        'warn [workos] Denied tools/call of tool refund to user user_01ADA in org_01ACME (or another of the 3 uses of its batch) with 200 role_missing, by access.tools["refund"]: it needs a role',
      ],
    ],
    [
      "advice",
      { kind: "advice", code: "endpoint_differs", detail: "look" },
      ["warn [workos] endpoint_differs: look"],
    ],
    [
      "a fault",
      { kind: "fault", detail: "Error: x" },
      [
        "error [workos] Fault in @xmcp-dev/workos, request refused with 500 internal_fault: Error: x",
      ],
    ],
  ];
  it.each(cases)("words %s", (_, event, lines) => {
    expect(linesOf(event)).toEqual(lines);
  });

  it("words a denial, with the rule that decided", () => {
    expect(linesOf(denied)).toEqual([
      'warn [workos] Denied tools/call of tool refund to user user_01ADA in org_01ACME with 200 role_missing, by access.tools["refund"]: it needs a role',
    ]);
    const machine = { ...denied, caller: { kind: "api-key", id: "api_key_01" } } as const;
    expect(
      linesOf({ ...machine, organizationId: undefined, rule: undefined, status: 503 }),
    ).toEqual([
      "error [workos] Denied tools/call of tool refund to api-key api_key_01 with 503 role_missing, by no rule: it needs a role",
    ]);
  });

  it("words an answer, where the log level asks for that much", () => {
    expect(linesOf(answered)).toEqual([]);
    expect(linesOf(answered, { level: "debug" })).toEqual([
      "debug [workos] Answered tools/call of tool refund to user user_01ADA in org_01ACME with 200 in 12 ms",
    ]);
    expect(
      linesOf({ ...answered, target: undefined, isComplete: false }, { level: "debug" }),
    ).toEqual([
      "debug [workos] Answered tools/call to user user_01ADA in org_01ACME until the client left in 12 ms",
    ]);
    const lines: string[] = [];
    logLines({ logger: collect(lines), ...TEXT, level: "debug" }, Date.now)(answered);
    expect(lines).toHaveLength(1);
  });

  it("writes no less than asked for", () => {
    const count = (level: "debug" | "info" | "warn" | "error"): number =>
      [answered, started, denied, { kind: "fault", detail: "x" } as const].flatMap((event) =>
        linesOf(event, { level }),
      ).length;
    expect([count("debug"), count("info"), count("warn"), count("error")]).toEqual([4, 3, 2, 1]);
  });

  it("tells of calls of the WorkOS API, and of a call before it runs, to those who debug", () => {
    const call: AuthEvent = {
      kind: "api_call",
      about: "access",
      method: "GET",
      route: "/user_management/users/{id}",
      server: { address: "api.workos.com", port: 443 },
      status: undefined,
      attempts: 3,
      durationMs: 41,
    };
    expect(linesOf(call)).toEqual([]);
    expect(linesOf(call, { level: "debug" })).toEqual([
      "debug [workos] Asked WorkOS GET /user_management/users/{id}: no answer after 3 attempts in 41 ms",
    ]);
    expect(linesOf({ ...call, status: 200, attempts: 1 }, { level: "debug" })).toEqual([
      "debug [workos] Asked WorkOS GET /user_management/users/{id}: 200 in 41 ms",
    ]);
    expect(linesOf({ kind: "admitted", ...asked, arguments: {} }, { level: "debug" })).toEqual([
      "debug [workos] Let through tools/call of tool refund to user user_01ADA in org_01ACME",
    ]);
  });

  it("writes one JSON object a line, for machines", () => {
    const json = { format: "json", level: "debug" } as const;
    expect(linesOf(answered, json)).toEqual([
      'debug {"time":"2023-11-14T22:13:20.000Z","level":"debug","logger":"workos","message":"Answered tools/call of tool refund to user user_01ADA in org_01ACME with 200 in 12 ms","kind":"answered","caller":{"kind":"user","id":"user_01ADA"},"organizationId":"org_01ACME","clientId":"client_01MCP","method":"tools/call","target":{"kind":"tool","name":"refund"},"rule":"access.tools[\\"refund\\"]","requestId":7,"protocolVersion":"2025-11-25","callId":"5f0c2f0e-0000-4000-8000-000000000000","from":{"address":"203.0.113.7","userAgent":"Claude/1"},"status":200,"isComplete":true,"arguments":{"dollars":5},"durationMs":12}',
    ]);
    expect(linesOf({ kind: "fault", detail: "a\nb" }, json)).toEqual([
      'error {"time":"2023-11-14T22:13:20.000Z","level":"error","logger":"workos","message":"Fault in @xmcp-dev/workos, request refused with 500 internal_fault: a\\nb","kind":"fault","detail":"a\\nb","docs":"https://xmcp.dev/docs/integrations/workos/refusals#internal_fault"}',
    ]);
  });

  it("lets nothing that came with a request end a line or reach the terminal", () => {
    const target = { kind: "resource", name: "docs://büro/\u001b[2K\n[workos] forged" } as const;
    expect(linesOf({ ...denied, target, detail: "no\r\nway \u202e" })).toEqual([
      'warn [workos] Denied tools/call of resource docs://büro/\\u001b[2K\\u000a[workos] forged to user user_01ADA in org_01ACME with 200 role_missing, by access.tools["refund"]: no\\u000d\\u000away \\u202e',
    ]);
    // In JSON too, whose own escapes leave most of them as they are.
    const hidden = "a\u2028b\u0085c\u009b2Kd\u202ee\u007f";
    const [json = ""] = linesOf({ ...denied, detail: hidden }, { format: "json" });
    expect(json).toContain('"detail":"a\\u2028b\\u0085c\\u009b2Kd\\u202ee\\u007f"');
    expect(JSON.parse(json.slice("warn ".length))).toMatchObject({ detail: hidden });
    const detail = "Error: a\n[workos] forged\u001b[0m\n    at f";
    expect(linesOf({ kind: "fault", detail })).toEqual([
      "error [workos] Fault in @xmcp-dev/workos, request refused with 500 internal_fault: Error: a\n  [workos] forged\\u001b[0m\n    at f",
    ]);
  });

  it("does not let a logger that fails later end the process", async () => {
    const seen: unknown[] = [];
    const before = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection").on("unhandledRejection", (reason) => {
      seen.push(reason);
    });
    const away: unknown = async () => Promise.reject(new Error("the disk is full"));
    logLines(
      { ...TEXT, logger: { info: away, warn: away, error: away } as Logger },
      Date.now,
    )(denied);
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    process.removeAllListeners("unhandledRejection");
    for (const listener of before) process.on("unhandledRejection", listener);
    expect(seen).toEqual([]);
  });
});
