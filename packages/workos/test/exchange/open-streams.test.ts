import { describe, expect, it, vi } from "vitest";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createOpenStreams } from "../../src/exchange/open-streams.js";
import { byTimer } from "../../src/hosts/by-timer.js";
import { startGuarded } from "../support/guarded-server.js";
import { NOW } from "../support/issuer.js";

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
  const token = {
    kind: "access-token",
    claims: { exp: 1_000 },
    principal: { kind: "user", id: "user_01ADA" },
  } as never;
  function parties(request: object): {
    request: never;
    host: { endStream: () => void };
    ended: () => number;
  } {
    let ends = 0;
    const host = { endStream: () => (ends += 1) };
    return { request: request as never, host, ended: () => ends };
  }

  const streamsOf = (
    isOver: () => Promise<boolean>,
    maxPerCaller = 32,
  ): ReturnType<typeof createOpenStreams> =>
    createOpenStreams({
      now: Date.now,
      schedule: byTimer,
      isOver,
      clockToleranceSeconds: 5,
      maxPerCaller,
    });

  /** Ends a watch that was begun. */
  const end = (stop: (() => void) | string | undefined): void => {
    if (typeof stop !== "function") throw new Error("no stream is being watched");
    stop();
  };

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
    streamsOf(stillGood).watch(it.request, it.host, token);
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
    const { watch } = streamsOf(stillGood);
    expect(watch(it.request, it.host, token)).toBeUndefined();
    vi.advanceTimersByTime(10_000_000);
    expect(it.ended()).toBe(0);
    vi.useRealTimers();
  });

  it("keeps no timer after the response closed", () => {
    vi.useFakeTimers({ now: 900_000 });
    const it = parties({ method: "GET" });
    end(streamsOf(stillGood).watch(it.request, it.host, token));
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("ends a stream that an API key opened after five minutes, so that it meets the guard again", async () => {
    vi.useFakeTimers({ now: 0 });
    const it = parties({ method: "GET" });
    streamsOf(stillGood).watch(it.request, it.host, {
      kind: "api-key",
      key: { id: "api_key_01" },
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
    streamsOf(asked).watch(it.request, it.host, token);
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
    const over = streamsOf(asked).watch(it.request, it.host, token);
    vi.advanceTimersByTime(5_000);
    end(over);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("ends every stream that is open when the server closes, and none that has ended", () => {
    vi.useFakeTimers({ now: 900_000 });
    const streams = streamsOf(stillGood);
    const [open, closed] = [parties({ method: "GET" }), parties({ method: "GET" })];
    streams.watch(open.request, open.host, token);
    end(streams.watch(closed.request, closed.host, token));
    streams.close();
    expect([open.ended(), closed.ended()]).toEqual([1, 0]);
    vi.useRealTimers();
  });

  it("T-21: a caller has so many of its own, whatever another has, and gets back what it closes once", () => {
    const streams = streamsOf(stillGood, 3);
    const open = (
      request: object,
      id = "user_01ADA",
    ): ReturnType<ReturnType<typeof createOpenStreams>["watch"]> => {
      const given = parties(request);
      const principal = { kind: "user", id };
      const credential = { kind: "access-token", claims: { exp: 9e9 }, principal } as never;
      return streams.watch(given.request, given.host, credential);
    };
    const listen = { method: "subscriptions/listen" };
    const get = open({ method: "GET" });
    // Each subscription of a batch takes a place.
    expect(open({ method: "POST", body: [listen, listen, listen] })).toBe("too_many_streams");
    const batch = open({ method: "POST", body: [listen, listen] });
    expect(open({ method: "GET" })).toBe("too_many_streams");
    expect(open({ method: "POST", body: { method: "tools/call" } })).toBeUndefined();
    const bobs = open({ method: "GET" }, "user_01BOB");
    end(get);
    end(get);
    const again = open({ method: "GET" });
    expect(open({ method: "GET" })).toBe("too_many_streams");
    for (const one of [batch, bobs, again]) end(one);
  });
});

describe("T-21: maxStreamsPerCaller", () => {
  it.each([
    [undefined, 32],
    [2, 2],
  ])(
    "%s lets a caller open %i streams, then answers 429, and leaves others alone",
    async (given, most) => {
      const server = await startGuarded({
        handler: openStream,
        config: given === undefined ? {} : { maxStreamsPerCaller: given },
      });
      const open = async (
        token: string,
      ): Promise<{
        status: number;
        end: () => void;
        text: () => Promise<string>;
        headers: Headers;
      }> => {
        const leaving = new AbortController();
        const answer = await server.ask(token, { method: "GET", signal: leaving.signal });
        const { status, headers } = answer;
        return { status, headers, end: () => leaving.abort(), text: async () => answer.text() };
      };
      const ada = server.issuer.sign();
      const streams = await Promise.all(Array.from({ length: most }, async () => open(ada)));
      expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200));
      const refused = await open(ada);
      expect([
        refused.status,
        refused.headers.get("retry-after"),
        JSON.parse(await refused.text()),
      ]).toEqual([
        429,
        "5",
        {
          error: "too_many_requests",
          error_description: "Too many open streams; close one or try again later",
          reason: "too_many_streams",
        },
      ]);
      expect(server.reached.count).toBe(most);
      expect(server.lines.at(-1)).toMatch(
        /429 too_many_streams: user user_01ADA has as many streams open as maxStreamsPerCaller allows/,
      );
      // Calls are no streams, and another caller has its own.
      const others = await open(server.issuer.sign({ claims: { sub: "user_01BOB" } }));
      expect(others.status).toBe(200);
      streams[0]?.end();
      await expect
        .poll(
          async () => {
            const next = await open(ada);
            next.end();
            return next.status;
          },
          { timeout: 10_000 },
        )
        .toBe(200);
    },
  );

  it.each([0, -1, 1.5, "3", null])("does not start with %j", async (maxStreamsPerCaller) => {
    await expect(
      startGuarded({ config: { maxStreamsPerCaller: maxStreamsPerCaller as never } }),
    ).rejects.toThrow(
      "maxStreamsPerCaller must be a whole number of streams, 1 or more, such as 32",
    );
  });
});
