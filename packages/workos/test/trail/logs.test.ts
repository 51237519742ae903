import { describe, expect, it } from "vitest";
import type { TrailEvent } from "../../src/trail/event.js";
import { logs } from "../../src/trail/logs.js";
import { collect } from "../guarded-server.js";

const linesOf = (event: TrailEvent): string[] => {
  const lines: string[] = [];
  logs(collect(lines))(event);
  return lines;
};

describe("logs", () => {
  const cases: [string, TrailEvent, string[]][] = [
    [
      "the start",
      { kind: "started", resource: "https://m.example/mcp", issuer: "https://a.example" },
      [
        "info [workos] Guarding https://m.example/mcp with tokens from https://a.example. In the WorkOS dashboard, Connect > Configuration > MCP resource indicators must hold exactly: https://m.example/mcp",
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
      },
      ["error [workos] Refused GET with 503 keys_unavailable: no keys"],
    ],
    [
      "how every client begins",
      {
        kind: "refused",
        reason: "credentials_missing",
        status: 401,
        method: "POST",
        detail: "none",
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
      "advice",
      { kind: "advice", code: "endpoint_differs", detail: "look" },
      ["warn [workos] endpoint_differs: look"],
    ],
    [
      "a fault",
      { kind: "fault", detail: "Error: x" },
      ["error [workos] Fault in @xmcp-dev/workos, request refused: Error: x"],
    ],
  ];
  it.each(cases)("words %s", (_, event, lines) => {
    expect(linesOf(event)).toEqual(lines);
  });
});
