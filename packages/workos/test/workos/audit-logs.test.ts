import { describe, expect, it } from "vitest";
import type { OutboxEntry } from "../../src/audit/outbox.js";
import { ComeBackLaterError } from "../../src/workos/failure.js";
import { ensureSchemas, sendAuditLogEvent } from "../../src/workos/audit-logs.js";
import { createCheckedFetch } from "../../src/workos/checked-fetch.js";
import { createClient } from "../../src/workos/client.js";

const LETTER: OutboxEntry = {
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
    fetch: createCheckedFetch(async (input, init) => {
      calls.push({
        method: init?.method,
        url: input instanceof Request ? input.url : String(input),
        idempotencyKey: new Headers(init?.headers).get("idempotency-key"),
        body: JSON.parse(init?.body as string),
      });
      return answer();
    }),
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
      const body = { message: "no such schema", code: "entity_not_found" };
      const { sent, calls } = await send(() => json(status, body));
      expect(sent).toEqual({
        kind: "refused",
        problem: expect.stringMatching(new RegExp(`^WorkOS answered ${status}: .`)),
      });
      expect(calls).toHaveLength(1);
    },
  );

  const html = (status: number): Response =>
    new Response("<!doctype html><title>Sign in</title>", {
      status,
      headers: { "content-type": "text/html" },
    });

  it.each([
    ["a gateway's page", () => html(200)],
    ["a gateway's page that calls itself JSON", () => json(200, "<html>" as never)],
    ["an empty 200", () => new Response("", { status: 200 })],
    [
      "an empty 200 that calls itself JSON",
      () => new Response("", { status: 200, headers: { "content-type": "application/json" } }),
    ],
    ["a 204", () => new Response(null, { status: 204 })],
    ["a 202 of a queue", () => json(202, { accepted: true })],
    ["success: false", () => json(200, { success: false })],
    ["success as a text", () => json(201, { success: "true" })],
    ["an empty object", () => json(200, {})],
    ["a list", () => json(200, [{ success: true }])],
    ["null", () => json(200, null as never)],
    ["a redirect", () => new Response(null, { status: 302, headers: { location: "/sign-in" } })],
  ])("T-22: takes %s for no acceptance, and tries again", async (_name, answer) => {
    const { sent } = await send(answer);
    expect(sent).toMatchObject({ kind: "unavailable" });
  });

  it("names a redirect", async () => {
    const { sent } = await send(
      () => new Response(null, { status: 302, headers: { location: "/sign-in" } }),
    );
    expect(sent).toEqual({
      kind: "unavailable",
      problem: "WorkOS answered 302, a redirect, which is not followed",
    });
  });

  it("names the answer that is not WorkOS's, and where to look", async () => {
    const { sent } = await send(() => html(200));
    expect(sent).toEqual({
      kind: "unavailable",
      problem:
        "the answer is not WorkOS's (no JSON with success: true); does a proxy or gateway answer at apiURL?",
    });
  });

  it.each([200, 201])("accepts success: true with a %i", async (status) => {
    const { sent } = await send(() => json(status, { success: true }));
    expect(sent).toEqual({ kind: "accepted" });
  });

  it.each([
    ["400 page", () => html(400), 400],
    ["404 page", () => html(404), 404],
    ["413 page", () => html(413), 413],
    [
      "404 of a router that knows no such route",
      () => json(404, { message: "no Route matched" }),
      404,
    ],
  ])(
    "T-22: takes a gateway's %s for no refusal, and tries again",
    async (_name, answer, status) => {
      const { sent } = await send(answer);
      expect(sent).toMatchObject({
        kind: "unavailable",
        problem: expect.stringMatching(new RegExp(`^WorkOS answered ${status}`)) as string,
      });
    },
  );

  it("respects Retry-After of a gateway's 429 page", async () => {
    const { sent } = await send(
      () =>
        new Response("<html>", {
          status: 429,
          headers: { "content-type": "text/html", "retry-after": "9" },
        }),
    );
    expect(sent).toMatchObject({ kind: "busy", retryAfter: 9 });
  });

  it.each([401, 403, 425])("tries again after a %i, which passes", async (status) => {
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

  it("reports that no answer came", async () => {
    const { sent } = await send(() => {
      throw new TypeError("fetch failed");
    });
    expect(sent).toEqual({ kind: "unavailable", problem: "WorkOS cannot be reached" });
  });
});

it("creates no schema while it is unknown whether it is there", async () => {
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
  await expect(ensureSchemas(client(), [schema])).rejects.toMatchObject({ status: 403 });
  expect(methods).toEqual(["GET"]);
});
