import { describe, expect, it } from "vitest";
import {
  createEmulator,
  EmulatorDownError,
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
    const emulator = await createEmulator();
    emulator.faults.set(target as FaultTarget, { kind: "status", status: 503 });
    for (const other of Object.values(paths)) {
      const { status } = await emulator.fetch(new Request(`${emulator.url}${other}`));
      expect(status === 503).toBe(other === path);
    }
    emulator.faults.clear();
    expect((await emulator.fetch(new Request(`${emulator.url}${path}`))).status).not.toBe(503);
  });

  it("of all reaches everything, and a narrower one comes first", async () => {
    const emulator = await createEmulator();
    emulator.faults.set("all", { kind: "status", status: 503 });
    emulator.faults.set("jwks", { kind: "status", status: 500 });
    expect((await emulator.fetch(new Request(`${emulator.url}/oauth2/jwks`))).status).toBe(500);
    expect((await emulator.fetch(new Request(`${emulator.url}/oauth2/authorize`))).status).toBe(
      503,
    );
  });

  it("of being down rejects, and is in the log of requests", async () => {
    const emulator = await createEmulator();
    emulator.faults.set("jwks", { kind: "down" });
    await expect(get(emulator, "/oauth2/jwks")).rejects.toThrow(EmulatorDownError);
    expect(emulator.requests).toEqual([{ method: "GET", path: "/oauth2/jwks", status: 0 }]);
  });

  it("of being down destroys the connection of a real client", async () => {
    const emulator = await createEmulator({ port: 0 });
    emulator.faults.set("jwks", { kind: "down" });
    await expect(fetch(`${emulator.url}/oauth2/jwks`)).rejects.toMatchObject({
      cause: { code: "UND_ERR_SOCKET" },
    });
    emulator.faults.clear();
    expect((await fetch(`${emulator.url}/oauth2/jwks`)).status).toBe(200);
    await emulator.close();
  });

  it("of hanging ends when the caller gives up", async () => {
    const emulator = await createEmulator();
    emulator.faults.set("jwks", { kind: "hang" });
    const controller = new AbortController();
    const answer = emulator.fetch(
      new Request(`${emulator.url}/oauth2/jwks`, { signal: controller.signal }),
    );
    controller.abort();
    await expect(answer).rejects.toThrow(EmulatorDownError);
  });

  it("of hanging ends when the emulator closes", async () => {
    const emulator = await createEmulator({ port: 0 });
    emulator.faults.set("jwks", { kind: "hang" });
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
    const emulator = await createEmulator();
    emulator.faults.set("jwks", { kind: "slow", ms: 5 });
    expect((await get(emulator, "/oauth2/jwks")).body["keys"]).toHaveLength(1);
  });

  it("of lying answers 200 with the given body", async () => {
    const emulator = await createEmulator();
    emulator.faults.set("metadata", { kind: "body", body: "<html>", contentType: "text/html" });
    const response = await emulator.fetch(new Request(`${emulator.url}${paths.metadata}`));
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      200,
      "text/html",
      "<html>",
    ]);
    emulator.faults.set("metadata", { kind: "body", body: '{"issuer":"https://evil.example"}' });
    expect((await get(emulator, paths.metadata)).body).toEqual({ issuer: "https://evil.example" });
  });

  it.each<[string, Fault, number, string]>([
    ["HTML", { kind: "body", body: "<html>", contentType: "text/html" }, 200, "<html>"],
    ["nothing", { kind: "body", body: "" }, 200, ""],
    ["no content", { kind: "body", body: "", status: 204 }, 204, ""],
    [
      "a failure",
      { kind: "body", body: '{"success":false}', status: 201 },
      201,
      '{"success":false}',
    ],
    ["a redirect", { kind: "redirect", location: "http://127.0.0.1:9/sign-in" }, 302, ""],
  ])(
    "of a gateway before the audit log answers %s there only",
    async (_name, fault, status, text) => {
      const emulator = await createEmulator();
      emulator.faults.set("audit-logs", fault);
      const post = new Request(`${emulator.url}/audit_logs/events`, { method: "POST", body: "{}" });
      const response = await emulator.fetch(post);
      expect([response.status, await response.text()]).toEqual([status, text]);
      expect(response.headers.get("location")).toBe(
        fault.kind === "redirect" ? "http://127.0.0.1:9/sign-in" : null,
      );
      for (const path of ["/events", "/organizations"])
        expect((await emulator.fetch(new Request(`${emulator.url}${path}`))).status).toBe(401);
      expect(emulator.auditLogEvents).toEqual([]);
    },
  );

  it("of events comes before one of the api", async () => {
    const emulator = await createEmulator();
    emulator.faults.set("api", { kind: "status", status: 503 });
    emulator.faults.set("events", { kind: "status", status: 500 });
    expect((await emulator.fetch(new Request(`${emulator.url}/events`))).status).toBe(500);
    expect((await emulator.fetch(new Request(`${emulator.url}/audit_logs/x`))).status).toBe(503);
  });

  it.each([0, 1, 200_000])("of size sends %i bytes", async (bytes) => {
    const emulator = await createEmulator();
    emulator.faults.set("jwks", { kind: "huge", bytes });
    const response = await emulator.fetch(new Request(`${emulator.url}/oauth2/jwks`));
    expect((await response.arrayBuffer()).byteLength).toBe(bytes);
  });
});

describe("the rate limit", () => {
  it("lets so many through in each window, and says when to come again", async () => {
    let now = Date.UTC(2026, 0, 1);
    const emulator = await createEmulator({ now: () => now });
    emulator.faults.set("jwks", { kind: "rate-limit", requests: 2, seconds: 10 });
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
    const emulator = await createEmulator();
    emulator.faults.set("jwks", { kind: "status", status: 503, retryAfter: 3 });
    const { status, headers } = await get(emulator, "/oauth2/jwks");
    expect([status, headers.get("Retry-After")]).toEqual([503, "3"]);
  });
});
