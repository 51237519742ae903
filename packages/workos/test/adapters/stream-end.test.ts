import { describe, expect, it, vi } from "vitest";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createOpenStreams } from "../../src/adapters/stream-end.js";
import { startGuarded } from "../guarded-server.js";
import { NOW } from "../issuer.js";

/** Opens a stream that writes until it is told to stop. */
function openStream(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(": open\n\n");
  const timer = setInterval(() => response.write(": tick\n\n"), 10);
  response.once("close", () => {
    clearInterval(timer);
  });
}

describe("a long stream", () => {
  it("RS-80: ends when its token does, cleanly, and the process survives what is still written", async () => {
    const server = await startGuarded({ handler: openStream });
    // 200 milliseconds before the end, skew of five seconds included.
    const token = server.issuer.sign({ claims: { exp: NOW / 1000 - 10 + 0.2 } });
    const answer = await server.ask(token, { method: "GET" });
    expect(answer.status).toBe(200);
    // The standing clock moves: from now on the token is over.
    server.clock.now += 1_000;
    expect(await answer.text()).toMatch(/^: open\n\n/);
    expect((await server.ask(token, { method: "GET" })).status).toBe(401);
  });
});

it("RS-80: a stream whose token's key was withdrawn ends, though the token is good for years", async () => {
  const server = await startGuarded({ handler: openStream });
  server.issuer.addKey("key_2");
  const token = server.issuer.sign({ claims: { exp: NOW / 1000 + 1e9 } });
  const answer = await server.ask(token, { method: "GET" });
  expect(answer.status).toBe(200);
  server.issuer.removeKey("key_1");
  server.clock.now += 60_000;
  // Looked at every five seconds, in real time.
  expect(await answer.text()).toMatch(/^: open\n\n/);
  expect((await server.ask(token)).status).toBe(401);
});

describe("createOpenStreams", () => {
  const token = { kind: "access-token", claims: { exp: 1_000 } } as never;
  function parties(request: object): {
    request: never;
    response: never;
    ended: () => number;
  } {
    let ends = 0;
    const response = { on: () => response, end: () => (ends += 1) };
    return { request: request as never, response: response as never, ended: () => ends };
  }

  const stillGood = (): Promise<boolean> => Promise.resolve(false);

  it.each([
    ["a GET", { method: "GET" }],
    ["subscriptions/listen", { method: "POST", body: { method: "subscriptions/listen" } }],
    [
      "a batch with subscriptions/listen",
      { method: "POST", body: [{ method: "ping" }, { method: "subscriptions/listen" }] },
    ],
  ])("RS-80: ends what %s opened", async (_name, request) => {
    vi.useFakeTimers({ now: 900_000 });
    const it = parties(request);
    createOpenStreams(Date.now, stillGood, 5).watch(it.request, it.response, token);
    await vi.advanceTimersByTimeAsync(104_999);
    expect(it.ended()).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(it.ended()).toBe(1);
    vi.useRealTimers();
  });

  it.each([
    ["a tool call", { method: "POST", body: { method: "tools/call" } }],
    ["a body that is no message", { method: "POST", body: "subscriptions/listen" }],
    ["no body", { method: "POST" }],
  ])("does not cut the answer to %s", (_name, request) => {
    vi.useFakeTimers({ now: 900_000 });
    const it = parties(request);
    const { watch } = createOpenStreams(Date.now, stillGood, 5);
    expect(watch(it.request, it.response, token)).toBeUndefined();
    vi.advanceTimersByTime(10_000_000);
    expect(it.ended()).toBe(0);
    vi.useRealTimers();
  });

  it("keeps no timer after the response closed", () => {
    vi.useFakeTimers({ now: 900_000 });
    const it = parties({ method: "GET" });
    createOpenStreams(Date.now, stillGood, 5).watch(it.request, it.response, token)?.();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("ends a stream that an API key opened after five minutes, so that it meets the guard again", async () => {
    vi.useFakeTimers({ now: 0 });
    const it = parties({ method: "GET" });
    createOpenStreams(Date.now, stillGood, 5).watch(it.request, it.response, {
      kind: "api-key",
    } as never);
    await vi.advanceTimersByTimeAsync(299_999);
    expect(it.ended()).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(it.ended()).toBe(1);
    vi.useRealTimers();
  });

  it("ends a stream within five seconds when its token is revoked, and asks no more", async () => {
    vi.useFakeTimers({ now: 900_000 });
    let isRevoked = false;
    const asked = vi.fn<() => Promise<boolean>>(async () => Promise.resolve(isRevoked));
    const it = parties({ method: "GET" });
    createOpenStreams(Date.now, asked, 5).watch(it.request, it.response, token);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([it.ended(), asked.mock.calls.length]).toEqual([0, 2]);
    isRevoked = true;
    await vi.advanceTimersByTimeAsync(5_000);
    expect([it.ended(), asked.mock.calls.length]).toEqual([1, 3]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([it.ended(), asked.mock.calls.length]).toEqual([1, 3]);
    vi.useRealTimers();
  });

  it("asks nothing about a stream that has closed meanwhile", async () => {
    vi.useFakeTimers({ now: 900_000 });
    const asked = vi.fn<() => Promise<boolean>>(async () => Promise.resolve(false));
    const it = parties({ method: "GET" });
    const over = createOpenStreams(Date.now, asked, 5).watch(it.request, it.response, token);
    vi.advanceTimersByTime(5_000);
    over?.();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("ends every stream that is open when the server closes, and none that has ended", () => {
    vi.useFakeTimers({ now: 900_000 });
    const streams = createOpenStreams(Date.now, stillGood, 5);
    const [open, closed] = [parties({ method: "GET" }), parties({ method: "GET" })];
    streams.watch(open.request, open.response, token);
    streams.watch(closed.request, closed.response, token)?.();
    streams.close();
    expect([open.ended(), closed.ended()]).toEqual([1, 0]);
    vi.useRealTimers();
  });
});
