import { describe, expect, it } from "vitest";
import {
  createEmulator,
  startEmulator,
  type Emulator,
  type Fault,
  type FaultTarget,
} from "../../src/index.js";
import { get } from "../support/oauth-client.js";

const paths: Readonly<Record<"jwks" | "metadata" | "api" | "token", string>> = {
  jwks: "/oauth2/jwks",
  metadata: "/.well-known/oauth-authorization-server",
  api: "/organizations",
  token: "/oauth2/token",
};

describe("a fault", () => {
  it.each(Object.entries(paths))("of %s reaches that part only", async (target, path) => {
    const emulator = createEmulator();
    emulator.fail(target as FaultTarget, { status: 503 });
    for (const other of Object.values(paths)) {
      const { status } = await emulator.fetch(new Request(`${emulator.url}${other}`));
      expect(status === 503).toBe(other === path);
    }
    emulator.recover();
    expect((await emulator.fetch(new Request(`${emulator.url}${path}`))).status).not.toBe(503);
  });

  it("of all reaches everything, and a narrower one comes first", async () => {
    const emulator = createEmulator();
    emulator.fail("all", { status: 503 });
    emulator.fail("jwks", { status: 500 });
    expect((await emulator.fetch(new Request(`${emulator.url}/oauth2/jwks`))).status).toBe(500);
    expect((await emulator.fetch(new Request(`${emulator.url}/oauth2/authorize`))).status).toBe(
      503,
    );
  });

  it("of being down rejects, and is in the log of requests", async () => {
    const emulator = createEmulator();
    emulator.fail("jwks");
    await expect(get(emulator, "/oauth2/jwks")).rejects.toMatchObject({
      name: "TypeError",
      message: "fetch failed",
      cause: { code: "ECONNREFUSED" },
    });
    expect(emulator.requests()).toEqual([{ method: "GET", path: "/oauth2/jwks", status: 0 }]);
  });

  it("of being down destroys the connection of a real client", async () => {
    const emulator = await startEmulator();
    emulator.fail("jwks");
    await expect(fetch(`${emulator.url}/oauth2/jwks`)).rejects.toMatchObject({
      cause: { code: "UND_ERR_SOCKET" },
    });
    emulator.recover();
    expect((await fetch(`${emulator.url}/oauth2/jwks`)).status).toBe(200);
    await emulator.close();
  });

  it("of hanging ends when the caller gives up", async () => {
    const emulator = createEmulator();
    emulator.fail("jwks", "hang");
    const controller = new AbortController();
    const answer = emulator.fetch(
      new Request(`${emulator.url}/oauth2/jwks`, { signal: controller.signal }),
    );
    controller.abort();
    await expect(answer).rejects.toThrow("This operation was aborted");
  });

  it("of hanging ends when the emulator closes", async () => {
    const emulator = await startEmulator();
    emulator.fail("jwks", "hang");
    const answer = fetch(`${emulator.url}/oauth2/jwks`).then(
      () => "answered",
      () => "gone",
    );
    const inside = emulator.fetch(new Request(`${emulator.url}/oauth2/jwks`)).then(
      () => "answered",
      () => "gone",
    );
    await emulator.close();
    expect([await answer, await inside]).toEqual(["gone", "gone"]);
  });

  it("of slowness answers truly in the end", async () => {
    const emulator = createEmulator();
    emulator.fail("jwks", { delayMs: 5 });
    expect((await get(emulator, "/oauth2/jwks")).body["keys"]).toHaveLength(1);
  });

  it("of lying answers 200 with the given body", async () => {
    const emulator = createEmulator();
    emulator.fail("metadata", { body: "<html>", contentType: "text/html" });
    const response = await emulator.fetch(new Request(`${emulator.url}${paths.metadata}`));
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      200,
      "text/html",
      "<html>",
    ]);
    emulator.fail("metadata", { body: '{"issuer":"https://evil.example"}' });
    expect((await get(emulator, paths.metadata)).body).toEqual({ issuer: "https://evil.example" });
  });

  it.each<[string, Fault, number, string]>([
    ["HTML", { body: "<html>", contentType: "text/html" }, 200, "<html>"],
    ["nothing", { body: "" }, 200, ""],
    ["no content", { body: "", status: 204 }, 204, ""],
    ["a failure", { body: '{"success":false}', status: 201 }, 201, '{"success":false}'],
    ["a redirect", { redirect: "http://127.0.0.1:9/sign-in" }, 302, ""],
  ])(
    "of a gateway before the audit log answers %s there only",
    async (_name, fault, status, text) => {
      const emulator = createEmulator();
      emulator.fail("audit-logs", fault);
      const post = new Request(`${emulator.url}/audit_logs/events`, { method: "POST", body: "{}" });
      const response = await emulator.fetch(post);
      expect([response.status, await response.text()]).toEqual([status, text]);
      expect(response.headers.get("location")).toBe(
        typeof fault === "object" && "redirect" in fault ? "http://127.0.0.1:9/sign-in" : null,
      );
      for (const path of ["/events", "/organizations"])
        expect((await emulator.fetch(new Request(`${emulator.url}${path}`))).status).toBe(401);
      expect(emulator.auditLogEvents).toEqual([]);
    },
  );

  it("of events comes before one of the api", async () => {
    const emulator = createEmulator();
    emulator.fail("api", { status: 503 });
    emulator.fail("events", { status: 500 });
    expect((await emulator.fetch(new Request(`${emulator.url}/events`))).status).toBe(500);
    expect((await emulator.fetch(new Request(`${emulator.url}/audit_logs/x`))).status).toBe(503);
  });

  it.each([0, 1, 200_000])("of size sends %i bytes", async (bytes) => {
    const emulator = createEmulator();
    emulator.fail("jwks", { bytes });
    const response = await emulator.fetch(new Request(`${emulator.url}/oauth2/jwks`));
    expect((await response.arrayBuffer()).byteLength).toBe(bytes);
  });
});

describe("the rate limit", () => {
  it("lets so many through in each window, and says when to come again", async () => {
    let now = Date.UTC(2026, 0, 1);
    const emulator = createEmulator({ now: () => now });
    emulator.fail("jwks", { requests: 2, perSeconds: 10 });
    const ask = async (): Promise<readonly [number, string | null]> => {
      const { status, headers } = await get(emulator, "/oauth2/jwks");
      return [status, headers.get("Retry-After")];
    };
    expect([await ask(), await ask(), await ask()]).toEqual([
      [200, null],
      [200, null],
      [429, "10"],
    ]);
    now += 9_500;
    expect(await ask()).toEqual([429, "1"]);
    now += 500;
    expect(await ask()).toEqual([200, null]);
  });

  it("of a plain status may say too when to come again", async () => {
    const emulator = createEmulator();
    emulator.fail("jwks", { status: 503, retryAfterSeconds: 3 });
    const { status, headers } = await get(emulator, "/oauth2/jwks");
    expect([status, headers.get("Retry-After")]).toEqual([503, "3"]);
  });
});

describe("faults that overlap", () => {
  const statusOf = async (emulator: Emulator, path: string): Promise<number> =>
    (await emulator.fetch(`${emulator.url}${path}`)).status;

  it("end one by one: disposing one leaves the other", async () => {
    const emulator = createEmulator();
    const earlier = emulator.fail("jwks", { status: 500 });
    const later = emulator.fail("jwks", { status: 503 });
    expect(await statusOf(emulator, "/oauth2/jwks")).toBe(503);
    later[Symbol.dispose]();
    expect(await statusOf(emulator, "/oauth2/jwks")).toBe(500);
    later[Symbol.dispose]();
    expect(await statusOf(emulator, "/oauth2/jwks")).toBe(500);
    earlier[Symbol.dispose]();
    expect(await statusOf(emulator, "/oauth2/jwks")).toBe(200);
  });

  it("end with the block that `using` declared them in", async () => {
    const emulator = createEmulator();
    using _wide = emulator.fail("all", { status: 503 });
    {
      using _narrow = emulator.fail("jwks", { status: 500 });
      expect(await statusOf(emulator, "/oauth2/jwks")).toBe(500);
    }
    expect(await statusOf(emulator, "/oauth2/jwks")).toBe(503);
  });

  it("end by part: recovering one ends its parts' faults, and none of a wider one", async () => {
    const emulator = createEmulator();
    for (const target of ["events", "audit-logs", "api", "jwks"] as const)
      emulator.fail(target, { status: 503 });
    emulator.recover("api");
    expect(await statusOf(emulator, "/events")).toBe(401);
    expect(await statusOf(emulator, "/oauth2/jwks")).toBe(503);
    const wide = emulator.fail("all", { status: 500 });
    emulator.recover("jwks");
    expect(await statusOf(emulator, "/oauth2/jwks")).toBe(500);
    emulator.recover();
    expect(await statusOf(emulator, "/oauth2/jwks")).toBe(200);
    wide[Symbol.dispose]();
    expect(await statusOf(emulator, "/oauth2/jwks")).toBe(200);
  });

  it("a budget that a request passes leaves it to the fault beneath", async () => {
    const emulator = createEmulator();
    emulator.fail("jwks", { status: 503 });
    emulator.fail("jwks", { requests: 1, perSeconds: 60 });
    expect(await statusOf(emulator, "/oauth2/jwks")).toBe(503);
    expect(await statusOf(emulator, "/oauth2/jwks")).toBe(429);
  });
});

describe("a fault that there is none of", () => {
  it.each<[unknown, unknown, string, string]>([
    [
      "jkws",
      "down",
      "target",
      'The emulator has no part "jkws". Did you mean jwks? Known: jwks, metadata, token, api, audit-logs, events, all.',
    ],
    [
      "jwks",
      "donw",
      "fault",
      'There is no fault "donw". Did you mean down? Known: down, hang, { body }, { redirect }, { bytes }, { delayMs }, { status }, { requests, perSeconds }.',
    ],
    [
      "jwks",
      { kind: "slow", ms: 5 },
      "fault",
      "There is no fault { kind, ms }. Known: down, hang, { body }, { redirect }, { bytes }, { delayMs }, { status }, { requests, perSeconds }.",
    ],
    [
      "jwks",
      { delayMS: 5 },
      "fault",
      "There is no fault { delayMS }. Did you mean { delayMs }? Known: down, hang, { body }, { redirect }, { bytes }, { delayMs }, { status }, { requests, perSeconds }.",
    ],
    [
      "jwks",
      { status: 503, retryAfter: 3 },
      "fault.retryAfter",
      "fault.retryAfter is not a member of this fault. Did you mean retryAfterSeconds? Known: retryAfterSeconds, status.",
    ],
    [
      "jwks",
      { status: "503" },
      "fault.status",
      "fault.status must be an HTTP status from 200 to 599.",
    ],
    [
      "jwks",
      { delayMs: -1 },
      "fault.delayMs",
      "fault.delayMs must be a whole number of 0 or more.",
    ],
    ["jwks", { requests: 5 }, "fault.perSeconds", "fault.perSeconds is missing."],
    [
      "jwks",
      { redirect: "http://x/\r\nb: c" },
      "fault.redirect",
      "fault.redirect must be a text that a header field can hold: visible ASCII characters and blanks.",
    ],
    [
      "jwks",
      { body: "{}", contentType: "text/plain; ü" },
      "fault.contentType",
      "fault.contentType must be a text that a header field can hold: visible ASCII characters and blanks.",
    ],
  ])("is refused with the known ones: %j, %j", (target, fault, path, message) => {
    const emulator = createEmulator();
    expect(() => emulator.fail(target as FaultTarget, fault as Fault)).toThrow(
      expect.objectContaining({ code: "invalid_argument", problems: [{ path, message }] }),
    );
  });

  it("is refused by recover() and requests() too", () => {
    const emulator = createEmulator();
    expect(() => emulator.recover("jkws" as FaultTarget)).toThrow("Did you mean jwks?");
    expect(() => emulator.requests("jkws" as FaultTarget)).toThrow("Did you mean jwks?");
  });
});
