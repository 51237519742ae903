import { connect } from "node:net";
import { describe, expect, it, vi } from "vitest";
import type { Observer, AuthEvent } from "../../src/index.js";
import { withHooks } from "../../src/observers/hooks.js";
import { startGuarded } from "../support/guarded-server.js";
import { CLIENT_ID, NOW } from "../support/issuer.js";
import { call, startObserved } from "./observed.js";

const ASKED = {
  caller: { kind: "user", id: "user_01ADA" },
  organizationId: "org_01ACME",
  clientId: "https://client.example.com/metadata.json",
  method: "tools/call",
  target: { kind: "tool", name: "refund" },
  rule: 'access.tools["refund"]',
  requestId: 1,
  protocolVersion: "2025-11-25",
  callId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
  from: { address: "127.0.0.1", userAgent: "node" },
};

const idle = (name: string): Observer => ({ name, onEvent: () => undefined });

describe("observers", () => {
  it("hear of every call, how it ended and how long it took", async () => {
    const { post, events } = await startObserved({
      config: { access: { tools: { refund: "authenticated" } } },
    });
    await post(call("refund", { dollars: 5, card: "4242" }));
    await vi.waitFor(() => expect(events).toHaveLength(2));
    expect(events).toEqual([
      { kind: "admitted", ...ASKED, arguments: {} },
      {
        kind: "answered",
        ...ASKED,
        status: 200,
        isComplete: true,
        arguments: {},
        durationMs: 25,
      },
    ]);
    expect(Object.isFrozen(events[0])).toBe(true);
    const [admitted, answered] = events as { callId?: string }[];
    expect(admitted?.callId).toBe(answered?.callId);
  });

  it("hear of every message of a batch, and of calls without a map, which have no rule", async () => {
    const { post, events } = await startObserved();
    const list = { jsonrpc: "2.0", id: "two", method: "tools/list" };
    const notification = { jsonrpc: "2.0", method: "notifications/initialized" };
    await post([call("refund"), list, notification, { jsonrpc: "2.0", id: 9, result: {} }]);
    await vi.waitFor(() => expect(events).toHaveLength(6));
    const ended = events.filter(({ kind }) => kind === "answered");
    expect(new Set(ended.map((event) => (event as { callId: string }).callId)).size).toBe(3);
    expect(ended).toMatchObject([
      { ...ASKED, rule: undefined },
      { method: "tools/list", target: undefined, requestId: "two" },
      { method: "notifications/initialized", requestId: undefined },
    ]);
  });

  it("are told the arguments that the operator names, cut short, and no others", async () => {
    const recordArguments = { refund: ["dollars", "note", "deep", "missing", "toString"] };
    const { post, events } = await startObserved({ config: { recordArguments } });
    await post(call("refund", { dollars: 5, note: "x".repeat(600), deep: { a: 1 }, card: "4242" }));
    await post(call("other", { dollars: 5 }));
    await vi.waitFor(() => expect(events).toHaveLength(4));
    const kept = { dollars: 5, note: "x".repeat(500) };
    expect(events.map((event) => [event.kind, "arguments" in event && event.arguments])).toEqual([
      ["admitted", kept],
      ["answered", kept],
      ["admitted", {}],
      ["answered", {}],
    ]);
  });

  it("hear of denials and refusals, each once", async () => {
    const { post, events } = await startObserved({
      config: { access: { tools: { refund: { role: "admin" } } } },
    });
    await post(call("refund"), "sk_nothing_of_the_kind");
    expect(events).toMatchObject([
      {
        kind: "refused",
        reason: "caller_not_accepted",
        status: 401,
        method: "POST",
        durationMs: 0,
      },
    ]);
    events.length = 0;
    await post(call("else\u0007where"));
    expect(events).toEqual([
      {
        kind: "denied",
        ...ASKED,
        target: { kind: "tool", name: "else\\u0007where" },
        rule: undefined,
        reason: "not_in_access_map",
        status: 200,
        detail:
          "You may not use the tool else?where: this server denies it to every caller. Its operator can change that.",
        durationMs: 0,
      },
    ]);
  });

  it("are told names as they were written, however long and in whatever language", async () => {
    const { post, events } = await startObserved();
    const uri = `crm://büro/${"x".repeat(300)}/記録/17`;
    await post({ jsonrpc: "2.0", id: "a\n1", method: "resources/read", params: { uri } });
    await vi.waitFor(() => expect(events).toHaveLength(2));
    expect(events[1]).toMatchObject({
      target: { kind: "resource", name: uri },
      requestId: "a\\u000a1",
    });
  });

  it("hear of each thing that a message names, with the rule that let it through", async () => {
    const { post, events } = await startObserved({
      config: {
        access: { resources: { "docs://a": "authenticated", "docs://*": { caller: "user" } } },
      },
    });
    const resourceSubscriptions = ["docs://a", "docs://secret", "docs://a"];
    await post({
      jsonrpc: "2.0",
      id: 1,
      method: "subscriptions/listen",
      params: { notifications: { resourceSubscriptions } },
    });
    await vi.waitFor(() => expect(events).toHaveLength(4));
    const [first, second, ...ended] = events as Extract<AuthEvent, { kind: "answered" }>[];
    expect([first, second]).toMatchObject([
      {
        target: { kind: "resource", name: "docs://a" },
        rule: 'access.resources["docs://a"]',
        part: { number: 1, of: 2 },
      },
      {
        target: { kind: "resource", name: "docs://secret" },
        rule: 'access.resources["docs://*"]',
        part: { number: 2, of: 2 },
      },
    ]);
    expect(first?.callId).not.toBe(second?.callId);
    expect(ended.map(({ callId }) => callId)).toEqual([first?.callId, second?.callId]);
  });

  it("T-12: hear of fifty things that a message names at most, and how many there were", async () => {
    const { post, events } = await startObserved({
      config: { access: { resources: { "docs://*": "authenticated" } } },
    });
    const resourceSubscriptions = Array.from({ length: 100 }, (_, index) => `docs://${index}`);
    await post({
      jsonrpc: "2.0",
      id: 1,
      method: "subscriptions/listen",
      params: { notifications: { resourceSubscriptions } },
    });
    await vi.waitFor(() => expect(events).toHaveLength(100));
    expect(events[49]).toMatchObject({
      kind: "admitted",
      target: { name: "docs://49" },
      part: { number: 50, of: 100 },
    });
  });

  it("are told whose request was turned away, when its credential was good, and where it came from", async () => {
    const path = "/mcp/o/org_01GLOBEX";
    const known = {
      caller: { kind: "user", id: "user_01ADA" },
      organizationId: "org_01ACME",
      clientId: "https://client.example.com/metadata.json",
      protocolVersion: "2025-11-25",
      from: { address: "127.0.0.1", userAgent: "node" },
    };
    const placed = await startObserved({ config: { organizationInPath: true } });
    const headers = { "mcp-protocol-version": "2025-11-25" };
    const claims = { org_id: "org_01ACME", aud: CLIENT_ID };
    await placed.ask(placed.issuer.sign({ claims }), { path, headers });
    placed.clock.now += 1_000;
    const newer = { ...claims, iat: NOW / 1000 + 1, jti: "jti_02" };
    await placed.ask(placed.issuer.sign({ claims: newer }), { path, headers });
    const refused = (events: readonly AuthEvent[]): readonly AuthEvent[] =>
      events.filter(({ kind }) => kind === "refused");
    expect(refused(placed.events)).toMatchObject([
      { reason: "wrong_organization", ...known },
      { reason: "organization_refused", ...known },
    ]);

    const limited = await startObserved({
      config: {
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- as the limiters of rate-limiter-flexible do
        rateLimiter: { consume: () => Promise.reject({ msBeforeNext: 1_000 }) },
        access: { tools: {} },
      },
    });
    await limited.post(call("refund"));
    expect(refused(limited.events)).toMatchObject([{ reason: "rate_limited", ...known }]);

    const unread = await startObserved({ config: { access: { tools: {} } } });
    await unread.post("not parsed");
    await unread.post(Array.from({ length: 101 }, () => call("refund")));
    await unread.post(call("refund"), "rubbish");
    expect(refused(unread.events)).toMatchObject([
      { reason: "body_unreadable", ...known },
      { reason: "batch_too_long", ...known },
      { reason: "token_malformed", from: known.from, protocolVersion: "2025-11-25" },
    ]);
    expect(refused(unread.events)[2]).not.toHaveProperty("caller");
  });

  it("are told where what came to the webhook's path came from", async () => {
    const webhook = { secret: "whsec_01", path: "/webhooks/workos" };
    const { ask, events } = await startObserved({ config: { revocation: { webhook } } });
    await ask(undefined, { path: "/webhooks/workos" });
    expect(events.filter(({ kind }) => kind === "refused")).toMatchObject([
      { reason: "webhook_unsigned", from: { address: "127.0.0.1", userAgent: "node" } },
    ]);
  });

  it("hear that a client left before its answer was whole", async () => {
    let isHeld = false;
    const server = await startObserved({
      handler: (_request, response) => {
        response.write("{");
        isHeld = true;
      },
    });
    // Refused, but from now on this is what the host parses.
    await server.post(call("refund"), "no token");
    server.events.length = 0;
    const socket = connect(server.port, "127.0.0.1");
    const token = server.issuer.sign();
    socket.write(
      `POST /mcp HTTP/1.1\r\nHost: mcp.example.com\r\nAuthorization: Bearer ${token}\r\nContent-Length: 0\r\n\r\n`,
    );
    await vi.waitFor(() => expect(isHeld).toBe(true));
    socket.destroy();
    await vi.waitFor(() => expect(server.events).toHaveLength(2));
    expect(server.events[1]).toMatchObject({ kind: "answered", isComplete: false });
  });

  it.each([
    [0, "10.9.9.9, 203.0.113.7", "127.0.0.1"],
    [1, "10.9.9.9, 203.0.113.7", "203.0.113.7"],
    [2, "10.9.9.9, 203.0.113.7 , 2001:db8::1", "203.0.113.7"],
    [1, "203.0.113.7, unknown", "127.0.0.1"],
    [3, "10.9.9.9, 203.0.113.7", "127.0.0.1"],
    [1, undefined, "127.0.0.1"],
  ])("hear where a call came from, behind %i proxies with %s", async (proxies, chain, address) => {
    const { ask, issuer, events } = await startObserved({
      config: { trustedProxyCount: proxies },
      before: (request) => void Object.assign(request, { body: call("refund") }),
    });
    const headers: Record<string, string> = { "user-agent": "Claude\t/1" };
    if (chain !== undefined) headers["x-forwarded-for"] = chain;
    await ask(issuer.sign(), { headers });
    expect(events[0]).toMatchObject({ from: { address, userAgent: "Claude\\u0009/1" } });
  });

  it("start a scope for a request without seeing its credentials or its arguments", async () => {
    const seen: object[] = [];
    const observer = withHooks(idle("tracer"), {
      startRequestScope: (request: object) => {
        seen.push(request);
        return { run: <Result>(work: () => Result): Result => work(), end: () => undefined };
      },
    });
    const server = await startObserved({ config: { observers: [observer] } });
    const body = { ...call("refund", { card: "4242" }), extra: 1 };
    await server.post({ ...body, params: { name: "refund", _meta: { traceparent: "00-1" } } });
    await server.ask(server.issuer.sign(), { headers: { cookie: "id=4242", "x-mine": "1" } });
    expect(seen).toMatchObject([
      { method: "POST", meta: { traceparent: "00-1" } },
      { headers: { "x-mine": "1" } },
    ]);
    expect(JSON.stringify(seen)).not.toMatch(/4242|Bearer/);
  });

  it("cannot disturb a request: what they throw is dropped, at every place", async () => {
    const broken = withHooks(
      {
        name: "broken",
        onEvent: () => {
          throw new Error("broken observer");
        },
      },
      {
        startRequestScope: () => {
          throw new Error("broken scope");
        },
      },
    );
    const ending = withHooks(idle("ending"), {
      startRequestScope: () => ({
        run: <Result>(work: () => Result): Result => work(),
        end: () => {
          throw new Error("broken end");
        },
      }),
    });
    const events: string[] = [];
    let runs = 0;
    const noted = (event: AuthEvent): void => void events.push(event.kind);
    const running = withHooks(
      { name: "running", onEvent: noted },
      {
        startRequestScope: () => ({
          // Alive for the guard, the announcement and the tool, and dead when the answer has ended.
          run: <Result>(work: () => Result): Result => {
            runs += 1;
            if (runs === 1 || runs > 3) throw new Error("broken run");
            return work();
          },
          end: () => undefined,
        }),
      },
    );
    const { post, reached } = await startObserved({
      config: { observers: [broken, ending, running] },
    });
    expect((await post(call("refund"))).status).toBe(200);
    expect(reached.count).toBe(1);
    await vi.waitFor(() => expect(events).toEqual(["advice", "started", "admitted", "answered"]));
    expect(runs).toBe(4);
  });

  it.each([
    [
      { recordArguments: { refund: "id" } },
      'recordArguments must name arguments by tool: { refund: ["id"] }',
    ],
    [
      { trustedProxyCount: -1 },
      "trustedProxyCount must be how many of your own proxies a request passes, such as 1",
    ],
    [
      { trustedProxyCount: "1" },
      "trustedProxyCount must be how many of your own proxies a request passes, such as 1",
    ],
  ])("%j is refused", async (config, problem) => {
    await expect(startGuarded({ config: config as never })).rejects.toThrow(problem);
  });
});
