import { expect, it } from "vitest";
import type { AuthEvent } from "../../src/index.js";
import { logLines } from "../../src/observers/log-lines.js";
import type { LogOptions } from "../../src/observers/read-log.js";

const DOCS = "https://xmcp.dev/docs/integrations/workos";

const refused = (reason: string, detail = "no"): AuthEvent => ({
  kind: "refused",
  reason,
  status: 401,
  method: "POST",
  detail,
  durationMs: 1,
});
const outage = (state: "unreachable" | "recovered"): AuthEvent => ({
  kind: "api",
  about: "access",
  state,
  detail: "d",
});

/** What one log writes of these events, one after another. */
function logOf(events: readonly AuthEvent[], options: LogOptions = {}): string[] {
  const lines: string[] = [];
  const add = (line: string): void => void lines.push(line);
  const logger = { info: add, warn: add, error: add };
  const log = logLines({ logger, format: "text", level: "info", ...options }, () => 0);
  for (const event of events) log(event);
  return lines;
}

it("a line of text ends with where its reason is documented, the first time", () => {
  expect(
    logOf([
      refused("token_expired"),
      refused("token_expired"),
      refused("bad_signature", "It is forged."),
      { kind: "advice", code: "endpoint_differs", detail: "a\nb" },
      outage("unreachable"),
      outage("recovered"),
      refused("token_expired"),
    ]),
  ).toEqual([
    `[workos] Refused POST with 401 token_expired: no; see ${DOCS}/refusals#token_expired`,
    "[workos] Refused POST with 401 token_expired: no",
    `[workos] Refused POST with 401 bad_signature: It is forged. See ${DOCS}/refusals#bad_signature`,
    `[workos] endpoint_differs: a\\u000ab; see ${DOCS}/refusals#endpoint_differs`,
    `[workos] The WorkOS API is unreachable for access: d; see ${DOCS}/refusals#outages-in-the-log`,
    "[workos] The WorkOS API is recovered for access: d",
    "[workos] Refused POST with 401 token_expired: no",
  ]);
});

it("a fault has it each time, behind its stack, and so has a server that is not guarded", () => {
  const late: AuthEvent = { kind: "fault", reason: "denied_too_late", detail: "d" };
  const own: AuthEvent = { kind: "fault", detail: "Error: x\n    at y" };
  const open: AuthEvent = { kind: "unguarded", resource: "https://m.example/mcp", detail: "d" };
  const lines = [
    `[workos] Fault in what this server runs, denied_too_late: d; see ${DOCS}/refusals#denied_too_late`,
    `[workos] Fault in @xmcp-dev/workos, request refused with 500 internal_fault: Error: x\n    at y\n  See ${DOCS}/refusals#internal_fault`,
    `[workos] NOT guarding https://m.example/mcp: d; see ${DOCS}/deploying#a-server-that-is-not-guarded`,
  ];
  expect(logOf([late, own, open, late, own, open])).toEqual([...lines, ...lines]);
});

it("every line of JSON has it as docs, and not in its message", () => {
  const lines = logOf([refused("token_expired"), refused("token_expired"), outage("recovered")], {
    format: "json",
  }).map((line) => JSON.parse(line) as { message: string; docs?: string });
  expect(lines.map(({ message, docs }) => [message, docs])).toEqual([
    ["Refused POST with 401 token_expired: no", `${DOCS}/refusals#token_expired`],
    ["Refused POST with 401 token_expired: no", `${DOCS}/refusals#token_expired`],
    ["The WorkOS API is recovered for access: d", undefined],
  ]);
});
