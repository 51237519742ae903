import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { NOW } from "../support/issuer.js";
import {
  ADA,
  event,
  reasonOf,
  startRevocationServer,
  type RevocationServer,
} from "../support/revocation-server.js";

const SECRET = "whsec_0123456789";

describe("revocation by webhook", () => {
  const config = { revocation: { webhook: { secret: SECRET, path: "/webhooks/workos" } } };
  const parse = (request: object): void => {
    Object.assign(request, { body: pending.shift() });
  };
  let pending: unknown[] = [];

  async function deliver(
    server: RevocationServer,
    body: unknown,
    {
      secret = SECRET,
      sentAt = NOW,
      method = "POST",
      signature = "",
    }: { secret?: string; sentAt?: number | string; method?: string; signature?: string } = {},
  ): Promise<Response> {
    pending = [body];
    const hash = createHmac("sha256", secret)
      .update(`${sentAt}.${JSON.stringify(body)}`)
      .digest("hex");
    return server.ask(undefined, {
      method,
      path: "/webhooks/workos",
      headers: signature === "none" ? {} : { "workos-signature": `t=${sentAt}, v1=${hash}` },
    });
  }
  const start = (): Promise<RevocationServer> => startRevocationServer({ config, before: parse });

  it("works at once, without an access token", async () => {
    const server = await start();
    const token = server.issuer.sign();
    const response = await deliver(server, event("user.deleted", { object: "user", id: ADA }));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ received: true });
    expect(await reasonOf(await server.ask(token))).toBe("token_revoked");
    expect(server.reached.count).toBe(0);
  });

  it.each([
    ["signed with another secret", { secret: "whsec_other" }, 400, "webhook_signature"],
    ["too old", { sentAt: NOW - 181_000 }, 400, "webhook_signature"],
    ["of a time to come", { sentAt: NOW + 181_000 }, 400, "webhook_signature"],
    ["of no time", { sentAt: "NaN" }, 400, "webhook_signature"],
    ["of every time", { sentAt: "Infinity" }, 400, "webhook_signature"],
    ["of a time and more", { sentAt: `${NOW}x` }, 400, "webhook_signature"],
    ["unsigned", { signature: "none" }, 400, "webhook_unsigned"],
    ["no POST", { method: "PUT" }, 405, "webhook_method"],
  ])("changes nothing when it is %s", async (_, options, status, reason) => {
    const server = await start();
    const body = event("user.deleted", { object: "user", id: ADA });
    const response = await deliver(server, body, options);
    expect([response.status, await reasonOf(response)]).toEqual([status, reason]);
    expect(server.lines.at(-1)).toContain(reason);
    expect((await server.ask(server.issuer.sign())).status).toBe(200);
  });

  it("does not keep the whole event from counting when it came without its subject", async () => {
    const server = await start();
    const token = server.issuer.sign();
    const whole = event("user.deleted", { object: "user", id: ADA });
    await deliver(server, { ...whole, data: { object: "user" } });
    await deliver(server, { ...whole, data: { object: "user" } });
    expect((await server.ask(token)).status).toBe(200);
    expect(server.lines.filter((line) => line.includes("event_unreadable"))).toHaveLength(1);
    server.events.push(whole);
    await server.poll();
    expect(await reasonOf(await server.ask(token))).toBe("token_revoked");
  });

  it("answers how it must be asked, and its answers are not cached", async () => {
    const server = await start();
    const body = event("user.deleted", { object: "user", id: ADA });
    const wrong = await deliver(server, body, { method: "PUT" });
    expect(await wrong.json()).toEqual({ error: "invalid_webhook", reason: "webhook_method" });
    expect([wrong.headers.get("allow"), wrong.headers.get("cache-control")]).toEqual([
      "POST",
      "no-store",
    ]);
    const unsigned = await deliver(server, body, { signature: "none" });
    expect([unsigned.headers.get("allow"), unsigned.headers.get("cache-control")]).toEqual([
      null,
      "no-store",
    ]);
    const taken = await deliver(server, body);
    expect([taken.status, taken.headers.get("cache-control")]).toEqual([200, "no-store"]);
  });

  it.each([
    ["a text", (text: string) => text],
    ["bytes", (text: string) => new TextEncoder().encode(text)],
  ])("takes a body that the host kept as %s", async (_, keep) => {
    const server = await start();
    const body = event("user.deleted", { object: "user", id: ADA });
    const sentAt = NOW;
    const text = JSON.stringify(body);
    const hash = createHmac("sha256", SECRET).update(`${sentAt}.${text}`).digest("hex");
    pending = [keep(text)];
    const response = await server.ask(undefined, {
      path: "/webhooks/workos",
      headers: { "workos-signature": `t=${sentAt}, v1=${hash}` },
    });
    expect(response.status).toBe(200);
    expect(await reasonOf(await server.ask(server.issuer.sign()))).toBe("token_revoked");
  });

  it.each([
    ["escaped letters", String.raw`{"first_name":"Ren\u00e9e"}`],
    ["numbers of another form", '{"logins_count":1.0}'],
    ["spaces", '{ "object": "user" }'],
  ])(
    "takes a body with %s, which no JSON writer of ours would write, as it came",
    async (_, more) => {
      const sentAt = NOW;
      const data = { object: "user", id: ADA };
      const text = JSON.stringify(event("user.deleted", data)).replace(
        /\}$/,
        `,"context":${more}}`,
      );
      const hash = createHmac("sha256", SECRET).update(`${sentAt}.${text}`).digest("hex");
      const init = {
        path: "/webhooks/workos",
        headers: { "workos-signature": `t=${sentAt}, v1=${hash}` },
      };
      for (const rawBody of [text, Buffer.from(text)]) {
        const server = await startRevocationServer({
          config,
          before: (request) => void Object.assign(request, { body: JSON.parse(text), rawBody }),
        });
        expect((await server.ask(undefined, init)).status).toBe(200);
        expect(await reasonOf(await server.ask(server.issuer.sign()))).toBe("token_revoked");
      }
      // Where it was not kept the poll has to bring it.
      pending = [JSON.parse(text)];
      const refused = await (await start()).ask(undefined, init);
      expect(await reasonOf(refused)).toBe("webhook_signature");
    },
  );

  it("refuses a signed body that is no JSON", async () => {
    const server = await start();
    const sentAt = NOW;
    const hash = createHmac("sha256", SECRET).update(`${sentAt}.{`).digest("hex");
    pending = ["{"];
    const response = await server.ask(undefined, {
      path: "/webhooks/workos",
      headers: { "workos-signature": `t=${sentAt}, v1=${hash}` },
    });
    expect([response.status, await reasonOf(response)]).toEqual([400, "webhook_unreadable"]);
  });

  it.each([5_000, 100_000])("T-18: refuses a body nested %i deep with a 400", async (depth) => {
    const server = await start();
    let body: unknown = "x";
    for (let level = 0; level < depth; level += 1) body = [body];
    pending = [body];
    const response = await server.ask(undefined, {
      method: "POST",
      path: "/webhooks/workos",
      headers: { "workos-signature": `t=${NOW}, v1=${"0".repeat(64)}` },
    });
    expect(response.status).toBe(400);
    expect(["webhook_unreadable", "webhook_signature"]).toContain(await reasonOf(response));
    expect(server.lines.join("\n")).not.toContain("RangeError");
  });

  it("refuses a body that is too long or was not parsed", async () => {
    const server = await start();
    // {"padding":""} has 14 bytes.
    const long = await deliver(server, { padding: "x".repeat(256 * 1024 - 13) });
    expect([long.status, await reasonOf(long)]).toEqual([413, "webhook_too_long"]);
    const longest = await deliver(server, { padding: "x".repeat(256 * 1024 - 14) });
    expect(longest.status).not.toBe(413);
    const none = await deliver(server, undefined);
    expect([none.status, await reasonOf(none)]).toEqual([400, "webhook_unreadable"]);
  });

  it("an event that comes by both ways, or twice, is worked on once", async () => {
    const server = await start();
    const body = event("user.deleted", { object: "user", id: ADA });
    await deliver(server, body);
    server.events.push(body);
    await server.poll();
    await deliver(server, body);
    expect(await server.middleware.health()).toMatchObject({ revocation: { subjects: 1 } });
  });

  it("the path is guarded like any other when no webhook is configured", async () => {
    const server = await startRevocationServer();
    const response = await server.ask(undefined, { path: "/webhooks/workos" });
    expect(await reasonOf(response)).toBe("credentials_missing");
  });
});
