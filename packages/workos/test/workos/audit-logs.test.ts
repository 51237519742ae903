import { describe, expect, it } from "vitest";
import type { Letter } from "../../src/trail/outbox.js";
import { ComeBackLaterError } from "../../src/workos/failure.js";
import { createMissingSchemas, sendAuditLogEvent } from "../../src/workos/audit-logs.js";
import { createClient } from "../../src/workos/client.js";

const LETTER: Letter = {
  key: "call_01",
  organizationId: "org_01ACME",
  event: {
    action: "mcp.tool.called",
    occurredAt: "2026-01-15T12:00:00.000Z",
    actor: { type: "user", id: "user_01ADA" },
    targets: [{ type: "tool", id: "refund" }],
    context: { location: "203.0.113.7", userAgent: "client/1" },
    metadata: { outcome: "answered", method: "tools/call" },
  },
};

interface Call {
  readonly method: string | undefined;
  readonly url: string;
  readonly idempotencyKey: string | null;
  readonly body: unknown;
}

/** Sends the letter to an API that answers so, and tells what it was asked. */
async function send(answer: () => Response): Promise<{ sent: unknown; calls: Call[] }> {
  const calls: Call[] = [];
  const client = createClient({
    apiKey: "sk_test_1",
    clientId: "client_01",
    apiUrl: new URL("https://api.workos.com"),
    fetch: async (input, init) => {
      calls.push({
        method: init?.method,
        url: input instanceof Request ? input.url : String(input),
        idempotencyKey: new Headers(init?.headers).get("idempotency-key"),
        body: JSON.parse(init?.body as string),
      });
      return answer();
    },
  });
  return { sent: await sendAuditLogEvent(client, LETTER), calls };
}

const json = (status: number, body: object, headers: Record<string, string> = {}): Response =>
  Response.json(body, { status, headers });

describe("sending an audit log event", () => {
  it("sends all of it once, under its key", async () => {
    const { sent, calls } = await send(() => json(201, { success: true }));
    expect(sent).toEqual({ kind: "accepted" });
    expect(calls).toEqual([
      {
        method: "POST",
        url: "https://api.workos.com/audit_logs/events",
        idempotencyKey: "call_01",
        body: {
          organization_id: "org_01ACME",
          event: {
            action: "mcp.tool.called",
            occurred_at: "2026-01-15T12:00:00.000Z",
            actor: { type: "user", id: "user_01ADA" },
            targets: [{ type: "tool", id: "refund" }],
            context: { location: "203.0.113.7", user_agent: "client/1" },
            metadata: { outcome: "answered", method: "tools/call" },
          },
        },
      },
    ]);
  });

  it.each([400, 404, 409, 422, 499])(
    "is refused for good by a %i, in WorkOS's words",
    async (status) => {
      const { sent, calls } = await send(() => json(status, { message: "no such schema" }));
      expect(sent).toEqual({
        kind: "refused",
        problem: expect.stringMatching(new RegExp(`^WorkOS answered ${status}: .`)),
      });
      expect(calls).toHaveLength(1);
    },
  );

  it.each([401, 403, 408, 425])("tries again after a %i, which passes", async (status) => {
    const { sent } = await send(() => json(status, { message: "not now" }));
    expect(sent).toEqual({
      kind: "unavailable",
      problem: expect.stringMatching(new RegExp(`^WorkOS answered ${status}`)),
    });
  });

  it.each([
    ["when it says so", { "retry-after": "7" }, 7],
    ["a second later when it does not", {}, 1],
  ])("comes again after a 429 %s", async (_, headers, retryAfter) => {
    const { sent } = await send(() => json(429, { message: "slow down" }, headers));
    expect(sent).toMatchObject({ kind: "busy", retryAfter });
  });

  it.each([500, 503])("says of a %i no more than that", async (status) => {
    const { sent } = await send(() => json(status, { message: "stack trace" }));
    expect(sent).toEqual({ kind: "unavailable", problem: `WorkOS answered ${status}` });
  });

  it("hands on when a 503 asks to be left alone", async () => {
    const { sent } = await send(() => {
      throw new ComeBackLaterError(503, 90);
    });
    expect(sent).toEqual({
      kind: "unavailable",
      problem: "WorkOS answered 503",
      retryAfter: 90,
    });
  });

  it("says that nobody answered", async () => {
    const { sent } = await send(() => {
      throw new TypeError("fetch failed");
    });
    expect(sent).toEqual({ kind: "unavailable", problem: "WorkOS cannot be reached" });
  });
});

it("creates no schema while nobody can tell whether it is there", async () => {
  const methods: (string | undefined)[] = [];
  const client = createClient({
    apiKey: "sk_test_1",
    clientId: "client_01",
    apiUrl: new URL("https://api.workos.com"),
    fetch: async (_input, init) => {
      methods.push(init?.method);
      return Response.json({ message: "no" }, { status: 403 });
    },
  });
  const schema = {
    action: "mcp.tool.called",
    targets: [{ type: "tool" }],
    metadata: { outcome: "string" },
  } as const;
  await expect(createMissingSchemas(client(), [schema])).rejects.toMatchObject({ status: 403 });
  expect(methods).toEqual(["GET"]);
});
