import { describe, expect, it } from "vitest";
import { createApiFetch, type ApiCall, type ApiFetch } from "../../src/workos/api-fetch.js";
import { sendAuditLogEvent } from "../../src/workos/audit-logs.js";
import { createClient } from "../../src/workos/client.js";
import { readFailure } from "../../src/workos/failure.js";

interface ApiFetchSetup {
  readonly api: ApiFetch;
  readonly clock: { now: number };
  /** When the API was asked. */
  readonly asked: number[];
  readonly calls: ApiCall[];
  readonly reports: string[];
  answer: () => Response;
  readonly get: (path?: string, init?: RequestInit) => Promise<number>;
}

/** The time of day while the setup's clock stands at 0. */
const DAY = Date.UTC(2026, 0, 15, 12, 0, 0);

function setUpApiFetch(retries = 2, throwsLater = false): ApiFetchSetup {
  const clock = { now: 0 };
  const setup: ApiFetchSetup = {
    clock,
    asked: [],
    calls: [],
    reports: [],
    answer: () => new Response("{}"),
    get: async (path = "/users/user_01ADA", init) =>
      (await setup.api.fetch(`https://api.workos.com${path}`, init)).status,
    api: createApiFetch({
      fetch: async () => {
        setup.asked.push(clock.now);
        return Promise.resolve().then(setup.answer);
      },
      now: () => clock.now,
      wallClock: () => DAY + clock.now,
      // Time passes at once, as far as it was to be waited.
      schedule(run, delay) {
        queueMicrotask(() => {
          clock.now += delay;
          run();
        });
        return () => undefined;
      },
      retries,
      throwsLater,
      onCall: (call) => setup.calls.push(call),
      report: (state, detail) => setup.reports.push(`${state}: ${detail}`),
    }),
  };
  return setup;
}

const failing = (status: number, headers = {}): Response => new Response("no", { status, headers });
/** Answers with these, one after the other, and well after them. */
function answers(...responses: (Response | Error)[]): () => Response {
  return () => {
    const next = responses.shift() ?? new Response("{}");
    if (next instanceof Error) throw next;
    return next;
  };
}

describe("createApiFetch", () => {
  it.each([
    ["a network error", new TypeError("fetch failed")],
    ["a 500", failing(500)],
    ["a 503", failing(503)],
    ["a 429", failing(429)],
  ])("tries again after %s, and waits before it", async (_name, failure) => {
    const setup = setUpApiFetch();
    setup.answer = answers(failure);
    expect(await setup.get()).toBe(200);
    expect(setup.asked).toHaveLength(2);
    const [, second = 0] = setup.asked;
    expect(second).toBeGreaterThanOrEqual(125);
    expect(second).toBeLessThanOrEqual(375);
    expect(setup.calls).toEqual([
      { method: "GET", route: "/users/{id}", status: 200, attempts: 2, durationMs: second },
    ]);
    expect(setup.reports).toEqual([]);
  });

  it("waits longer each time, and gives the last answer when the attempts are used up", async () => {
    const setup = setUpApiFetch();
    setup.answer = () => failing(502);
    expect(await setup.get()).toBe(502);
    const [first = 0, second = 0, third = 0] = setup.asked;
    expect(setup.asked).toHaveLength(3);
    expect(third - second).toBeGreaterThan((second - first) / 2);
    expect(third - second).toBeGreaterThanOrEqual(250);
    expect(setup.calls).toMatchObject([{ status: 502, attempts: 3 }]);
  });

  it("rejects with what the network said when no answer came at all", async () => {
    const setup = setUpApiFetch(1);
    setup.answer = () => {
      throw new TypeError("fetch failed");
    };
    await expect(setup.get()).rejects.toThrow("fetch failed");
    expect(setup.calls).toMatchObject([{ status: undefined, attempts: 2 }]);
  });

  it("waits as long as Retry-After says, and does not try again when that is too long", async () => {
    const setup = setUpApiFetch();
    setup.answer = answers(failing(429, { "retry-after": "3" }));
    expect(await setup.get()).toBe(200);
    expect(setup.asked).toEqual([0, 3_000]);
    setup.answer = answers(failing(429, { "retry-after": "30" }));
    expect(await setup.get()).toBe(429);
    expect(setup.asked).toHaveLength(3);
  });

  it.each([
    ["a date", "Thu, 15 Jan 2026 12:00:04 GMT"],
    ["seconds", "4"],
  ])("reads Retry-After as %s, of a 5xx too", async (_name, retryAfter) => {
    for (const status of [429, 503]) {
      const setup = setUpApiFetch();
      setup.answer = answers(failing(status, { "retry-after": retryAfter }));
      expect(await setup.get()).toBe(200);
      expect(setup.asked).toEqual([0, 4_000]);
    }
  });

  it.each([
    ["Thu, 15 Jan 2026 12:02:00 GMT", "120"],
    ["120", "120"],
    ["Fri, 16 Jan 2026 12:00:00 GMT", "3600"],
    ["86400", "3600"],
    // Nothing that can be waited for is as good as nothing, and stays as it was.
    ["Thu, 15 Jan 2026 11:00:00 GMT", "Thu, 15 Jan 2026 11:00:00 GMT"],
    ["soon", "soon"],
    ["0", "0"],
    ["Thu, 15 Jan 2026 12:00:00 GMT", "Thu, 15 Jan 2026 12:00:00 GMT"],
    ["5, 7", "5, 7"],
    ["in 5", "in 5"],
  ])("hands Retry-After %j on as %j", async (given, handed) => {
    const setup = setUpApiFetch(0);
    setup.answer = () => failing(429, { "retry-after": given });
    const response = await setup.api.fetch("https://api.workos.com/users");
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, handed]);
    expect(await response.text()).toBe("no");
  });

  it.each([
    ["POST", {}, 500, 1],
    ["PATCH", {}, 500, 1],
    ["POST", { "Idempotency-Key": "k" }, 500, 2],
    ["POST", {}, 429, 2],
    ["PUT", {}, 500, 2],
    ["DELETE", {}, 500, 2],
    ["HEAD", {}, 500, 2],
    ["GET", {}, 404, 1],
  ])("%s with %j and a %i is asked %i times", async (method, headers, status, times) => {
    const setup = setUpApiFetch();
    setup.answer = answers(failing(status));
    await setup.get("/organizations", { method, headers });
    expect(setup.asked).toHaveLength(times);
  });

  it("does not retry beyond its budget: a tenth of the calls, and ten at once", async () => {
    const setup = setUpApiFetch(1);
    let isBad = false;
    setup.answer = () => {
      isBad = !isBad;
      return isBad ? failing(500) : new Response("{}");
    };
    const attempts: number[] = [];
    for (let call = 0; call < 40; call += 1) {
      isBad = false;
      await setup.get();
      attempts.push(setup.calls.at(-1)?.attempts ?? 0);
      // One that succeeds in between, or the API would be left alone.
      isBad = true;
      await setup.get();
    }
    expect(attempts.slice(0, 12)).toEqual(Array.from({ length: 12 }, () => 2));
    // Ten to begin with, and eighty calls that earn a tenth each.
    expect(attempts.filter((count) => count === 2)).toHaveLength(17);
  });

  it("leaves the API alone after five failures in a row, then one call tries, and all go through again", async () => {
    const setup = setUpApiFetch(0);
    setup.answer = () => failing(500);
    for (let call = 0; call < 5; call += 1) await setup.get();
    expect(setup.reports).toEqual(["unreachable: the WorkOS API answered 500, 5 times in a row"]);
    expect(setup.api.isReachable()).toBe(false);
    await expect(setup.get()).rejects.toThrow("left alone for a few seconds; try again");
    expect(setup.asked).toHaveLength(5);

    setup.clock.now += 5_000;
    // By itself: a call would be made again.
    expect(setup.api.isReachable()).toBe(true);
    expect(await setup.get()).toBe(500);
    expect(setup.api.isReachable()).toBe(false);
    await expect(setup.get()).rejects.toThrow("left alone");
    expect(setup.asked).toHaveLength(6);

    setup.clock.now += 5_000;
    setup.answer = () => new Response("{}");
    const together = await Promise.allSettled([setup.get(), setup.get(), setup.get()]);
    expect(together.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(setup.api.isReachable()).toBe(true);
    expect(await setup.get()).toBe(200);
    expect(setup.reports).toEqual([
      "unreachable: the WorkOS API answered 500, 5 times in a row",
      "recovered: the WorkOS API answers again",
    ]);
  });

  it("leaves the API alone when it cannot be reached, also in the middle of a call's retries", async () => {
    const setup = setUpApiFetch(9);
    setup.answer = () => {
      throw new TypeError("fetch failed");
    };
    await expect(setup.get()).rejects.toThrow("fetch failed");
    expect(setup.asked).toHaveLength(5);
    expect(setup.reports).toEqual([
      "unreachable: the WorkOS API cannot be reached, 5 times in a row",
    ]);
    const left: unknown = await setup.get().catch((error: unknown) => error);
    expect(left).toMatchObject({ name: "ApiLeftAloneError" });
  });

  it("says nothing of failures that an answer interrupts before the fifth", async () => {
    const setup = setUpApiFetch(0);
    for (const status of [500, 500, 500, 500, 200, 500, 500, 500, 500, 404, 500]) {
      setup.answer = () => failing(status);
      await setup.get();
    }
    expect([setup.reports, setup.api.isReachable()]).toEqual([[], true]);
  });

  it("takes a refusal for an answer: 4xx opens nothing", async () => {
    const setup = setUpApiFetch(0);
    for (const status of [400, 401, 403, 404, 409, 422, 429, 429]) {
      setup.answer = () => failing(status);
      await setup.get();
    }
    expect(setup.api.isReachable()).toBe(true);
  });

  it("hands on what is no failure as it came, Retry-After included", async () => {
    const setup = setUpApiFetch(0, true);
    const given = new Response("moved", { status: 404, headers: { "retry-after": "86400" } });
    setup.answer = () => given;
    expect(await setup.api.fetch("https://api.workos.com/users")).toBe(given);
    const busy = failing(429, { "retry-after": "7" });
    setup.answer = () => busy;
    expect(await setup.api.fetch("https://api.workos.com/users")).toBe(busy);
  });

  it("tries again after an answer without a body, and gives it when told to come later", async () => {
    const setup = setUpApiFetch(1, true);
    const empty = (headers = {}): Response => new Response(null, { status: 503, headers });
    setup.answer = answers(empty());
    expect(await setup.get()).toBe(200);
    setup.answer = () => empty({ "retry-after": "60" });
    await expect(setup.get()).rejects.toMatchObject({ status: 503, retryAfter: 60 });
  });

  it("tells how long a call took, whenever it began", async () => {
    const setup = setUpApiFetch(0);
    setup.clock.now = 7_000;
    setup.answer = () => {
      setup.clock.now += 40;
      return new Response("{}");
    };
    await setup.get();
    expect(setup.calls).toMatchObject([{ durationMs: 40 }]);
  });

  it("leaves nothing behind with a caller's signal that outlives the call", async () => {
    const setup = setUpApiFetch();
    const { signal } = new AbortController();
    let listening = 0;
    const add = signal.addEventListener.bind(signal) as (...args: unknown[]) => void;
    const remove = signal.removeEventListener.bind(signal) as (...args: unknown[]) => void;
    Object.assign(signal, {
      addEventListener(...args: unknown[]) {
        listening += 1;
        add(...args);
      },
      removeEventListener(...args: unknown[]) {
        if (args[0] === "abort") listening -= 1;
        remove(...args);
      },
    });
    setup.answer = answers(failing(500), failing(500));
    expect(await setup.get("/users", { signal })).toBe(200);
    expect([setup.asked.length, listening]).toEqual([3, 0]);
  });

  it("stops waiting when the caller gives up", async () => {
    const setup = setUpApiFetch();
    const controller = new AbortController();
    let cancelled = 0;
    const api = createApiFetch({
      fetch: async () => failing(500),
      now: () => 0,
      wallClock: () => 0,
      schedule: () => () => {
        cancelled += 1;
      },
      retries: 2,
      onCall: undefined,
      report: () => undefined,
    });
    const pending = api.fetch("https://api.workos.com/users", { signal: controller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error("enough"));
    await expect(pending).rejects.toThrow("enough");
    expect(cancelled).toBe(1);
    setup.answer = () => failing(500);
    expect(await setup.get("/users", { signal: AbortSignal.abort() })).toBe(500);
    expect(setup.asked).toHaveLength(1);
  });

  it.each([
    ["/organizations/org_01ACME?limit=1", "/organizations/{id}"],
    ["/organizations/org_01ACME/roles", "/organizations/{id}/roles"],
    ["/user_management/users/external_id/42", "/user_management/users/external_id/{id}"],
    ["/audit_logs/actions/invoice.paid/schemas", "/audit_logs/actions/{id}/schemas"],
    ["/.well-known/jwks.json", "/.well-known/{id}"],
    ["/users/ada.well-known", "/users/{id}"],
    ["/users/.well-knownada", "/users/{id}"],
  ])("tells %s by its route", async (path, route) => {
    const setup = setUpApiFetch();
    await setup.get(path);
    expect(setup.calls[0]?.route).toBe(route);
  });
});

describe("Retry-After, through the SDK", () => {
  const failureFor = async (
    status: number,
    retryAfter: string,
    throwsLater: boolean,
  ): Promise<ReturnType<typeof readFailure>> => {
    const setup = setUpApiFetch(0, throwsLater);
    setup.answer = () =>
      Response.json({ message: "not now" }, { status, headers: { "retry-after": retryAfter } });
    const client = createClient({
      apiKey: "sk_test_0123456789",
      clientId: "client_01TEST",
      apiUrl: new URL("https://api.workos.com"),
      fetch: setup.api.fetch,
    });
    const error: unknown = await client()
      .get("/events")
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    expect(error).toBeInstanceOf(Error);
    return readFailure(error);
  };

  it.each([
    [429, "120", 120],
    [429, "Thu, 15 Jan 2026 12:02:00 GMT", 120],
    [503, "120", 120],
    [503, "Thu, 15 Jan 2026 12:02:00 GMT", 120],
    [500, "86400", 3_600],
  ])("reaches our caller: %i with %j", async (status, given, retryAfter) => {
    expect(await failureFor(status, given, true)).toEqual({ status, retryAfter });
  });

  it("leaves tools the SDK's own exceptions", async () => {
    expect(await failureFor(503, "120", false)).toEqual({ status: 503 });
    expect(await failureFor(429, "120", false)).toEqual({ status: 429, retryAfter: 120 });
  });

  it("reaches the delivery of audit log events", async () => {
    const setup = setUpApiFetch(0, true);
    setup.answer = () => failing(503, { "retry-after": "120" });
    const client = createClient({
      apiKey: "sk_test_0123456789",
      clientId: "client_01TEST",
      apiUrl: new URL("https://api.workos.com"),
      fetch: setup.api.fetch,
    });
    const event = {
      action: "mcp.tool.called",
      occurredAt: "2026-01-15T12:00:00.000Z",
      actor: { type: "user", id: "user_01ADA" },
      targets: [{ type: "tool", id: "refund" }],
      context: { location: "203.0.113.7" },
      metadata: {},
    };
    const letter = { key: "key_1", organizationId: "org_01ACME", event };
    expect(await sendAuditLogEvent(client, letter as never)).toEqual({
      kind: "unavailable",
      problem: "WorkOS answered 503",
      retryAfter: 120,
    });
  });
});
