import { describe, expect, it, vi } from "vitest";
import { getAccess, type Observer, type AuthEvent } from "../../src/index.js";
import {
  startGuarded,
  type GuardedServer,
  type GuardedServerOptions,
} from "../support/guarded-server.js";
import { denyingTool } from "../support/denying-tool.js";
import { startAudited } from "../observers/audited.js";

const call = (name: string, id = 7): object => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, arguments: { card: "4242" } },
});

/** As a tool that asks once it runs. */
const handler = denyingTool({ role: "admin" }, { name: "the draft of May" });

async function start(
  body: unknown,
  options: GuardedServerOptions = {},
): Promise<GuardedServer & { events: AuthEvent[]; post: () => Promise<string> }> {
  const events: AuthEvent[] = [];
  const observer: Observer = {
    name: "events",
    onEvent: (event) => {
      if (event.kind !== "api_call" && event.kind !== "api") events.push(event);
    },
  };
  const server = await startGuarded({
    before: (request) => void Object.assign(request, { body }),
    handler,
    ...options,
    config: { observers: [observer], ...options.config },
  });
  events.length = 0;
  const headers = { "mcp-protocol-version": "2025-11-25" };
  const token = server.issuer.sign({ claims: { org_id: "org_01ACME", roles: [] } });
  return {
    ...server,
    events,
    post: async () => (await server.ask(token, { headers })).text(),
  };
}

describe("what access.require() denies", () => {
  it("is in the trail, with who, what, why and from where, beside the call that was let through", async () => {
    const { events, post, clock } = await start(call("refund"), {
      handler: (request, response) => {
        clock.now += 30;
        handler(request, response);
      },
      config: { access: { tools: { refund: "authenticated" } } },
    });
    const { result } = JSON.parse(await post()) as { result: { content: [{ text: string }] } };
    const said = result.content[0].text;
    expect(said).toMatch(/^You may not use the tool the draft of May: it needs the role "admin"/);
    await vi.waitFor(() => expect(events).toHaveLength(3));
    expect(events.map(({ kind }) => kind)).toEqual(["admitted", "denied", "answered"]);
    const [admitted, denied, answered] = events as { callId: string }[];
    expect(denied).toEqual({
      kind: "denied",
      caller: { kind: "user", id: "user_01ADA" },
      organizationId: "org_01ACME",
      clientId: "https://client.example.com/metadata.json",
      method: "tools/call",
      target: { kind: "tool", name: "refund" },
      rule: "access.require()",
      requestId: 7,
      callId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      protocolVersion: "2025-11-25",
      from: { address: "127.0.0.1", userAgent: "node" },
      reason: "role_missing",
      detail: said,
      durationMs: 30,
      status: 200,
      isInside: true,
    });
    expect(admitted?.callId).toBe(answered?.callId);
    expect(denied?.callId).not.toBe(admitted?.callId);
    expect(Object.isFrozen(denied)).toBe(true);
  });

  it("is in the default log too, without observers", async () => {
    const { lines, post } = await start(call("refund"), { config: { observers: [] } });
    await post();
    expect(lines.at(-1)).toBe(
      "warn [workos] Denied tools/call of tool refund to user user_01ADA in org_01ACME with 200 role_missing, by access.require(): " +
        'You may not use the tool the draft of May: it needs the role "admin". An administrator of the organization org_01ACME can give it to you, in WorkOS. Signing in again does not.',
    );
  });

  it("is an event under each name of a batch, since which one it was cannot be found out", async () => {
    const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
    const { events, post } = await start([list, call("refund", 8), call("charge", 9)]);
    await post();
    expect(events.filter(({ kind }) => kind === "denied")).toMatchObject([
      { target: { kind: "tool", name: "refund" }, requestId: 8, oneOf: { number: 1, of: 2 } },
      { target: { kind: "tool", name: "charge" }, requestId: 9, oneOf: { number: 2, of: 2 } },
    ]);
  });

  it.each([
    ["a message that names nothing", { jsonrpc: "2.0", id: 1, method: "tools/list" }, "tools/list"],
    ["no message at all", undefined, ""],
  ])("is told of %s", async (_, body, method) => {
    const { events, post } = await start(body);
    await post();
    expect(events.find(({ kind }) => kind === "denied")).toMatchObject({
      method,
      target: undefined,
      reason: "role_missing",
    });
  });

  it("is no denial when a tool merely asks", async () => {
    const { events, post } = await start(call("refund"), {
      handler: (_request, response) => {
        void getAccess().then(({ has }) => response.end(String(has({ role: "admin" }))));
      },
    });
    expect(await post()).toBe("false");
    await vi.waitFor(() => expect(events).toHaveLength(2));
    expect(events.map(({ kind }) => kind)).toEqual(["admitted", "answered"]);
  });

  it("is an event of its own in the audit log", async () => {
    const audited = await startAudited({}, {}, handler);
    await audited.call(call("refund"), { roles: [] });
    await vi.waitFor(() => expect(audited.received).toHaveLength(2));
    const written = Object.fromEntries(
      audited.received.map(({ event: { action, metadata } }) => [action, metadata]),
    );
    expect(written).toMatchObject({
      "mcp.tool.called": { outcome: "answered" },
      "mcp.tool.denied": { reason: "role_missing", rule: "access.require()" },
    });
  });
});
