import { createHmac } from "node:crypto";
import { expect } from "vitest";
import type { Case } from "../case.ts";
import {
  ask,
  call,
  GRACE,
  METADATA,
  ALAN,
  notesDuring,
  WEBHOOK_SECRET,
  type World,
} from "../world.ts";

const base64url = (value: object): string =>
  Buffer.from(JSON.stringify(value)).toString("base64url");

/** Asserts that a token is refused for a reason, and that nothing ran. */
async function expectRefusal({ main }: World, token: string, reason: string): Promise<void> {
  const notes = await notesDuring(main, async () => {
    const { status, headers, text } = await ask(main, { token, body: call("read") });
    expect([status, (JSON.parse(text) as { reason: string }).reason]).toEqual([401, reason]);
    expect(headers.get("www-authenticate")).toContain('error="invalid_token"');
    expect(headers.get("www-authenticate")).toContain(`resource_metadata="${METADATA}"`);
  });
  expect(notes).toEqual([]);
}

const forge =
  (reason: string, input: Parameters<World["authkit"]["forgeToken"]>[0]): Case["run"] =>
  async (world) => {
    const token = await world.authkit.forgeToken({
      ...input,
      claims: { sub: GRACE, ...input?.claims },
    });
    await expectRefusal(world, token, reason);
  };

/** Which tokens are good. */
export const verification: readonly Case[] = [
  {
    id: "verification.good",
    title: "a good token runs the tool",
    run: async ({ main, grace }) => {
      const notes = await notesDuring(main, async () => {
        const { status, headers, text } = await ask(main, { token: grace, body: call("read") });
        expect(status).toBe(200);
        expect(text).toContain("read done");
        expect(headers.get("cache-control")).toMatch(/no-store|no-cache/);
      });
      expect(notes).toEqual(["read"]);
    },
  },
  {
    id: "verification.expired",
    title: "an expired token is refused",
    run: forge("token_expired", { expiresInSeconds: -60 }),
  },
  {
    id: "verification.audience",
    title: "a token for another resource is refused",
    run: forge("wrong_audience", { claims: { aud: "https://elsewhere.example/mcp" } }),
  },
  {
    id: "verification.issuer",
    title: "a token of another issuer is refused",
    run: forge("wrong_issuer", { claims: { iss: "https://elsewhere.example" } }),
  },
  {
    id: "verification.key",
    title: "a token by a key that the issuer does not have is refused",
    run: forge("unknown_key", { header: { kid: "not-a-key" } }),
  },
  {
    id: "verification.none",
    title: "a token without a signature is refused",
    run: async (world) => {
      const [, payload = ""] = world.grace.split(".");
      const token = `${base64url({ alg: "none", typ: "JWT" })}.${payload}.`;
      const { status } = await ask(world.main, { token, body: call("read") });
      expect(status).toBe(401);
      const [, , signature = ""] = world.grace.split(".");
      await expectRefusal(
        world,
        `${base64url({ alg: "none", typ: "JWT" })}.${payload}.${signature}`,
        "unsupported_algorithm",
      );
    },
  },
  {
    id: "verification.signature",
    title: "a token whose claims were changed is refused",
    run: async (world) => {
      const [head = "", payload = "", signature = ""] = world.grace.split(".");
      const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
      const forged = `${head}.${base64url({ ...claims, role: "admin" })}.${signature}`;
      await expectRefusal(world, forged, "bad_signature");
    },
  },
  {
    id: "verification.revoked",
    title: "a token is refused once WorkOS's events say that its user was removed",
    run: async ({ main, authkit }) => {
      const token = await authkit.token({ as: ALAN, expiresInSeconds: 3600 });
      expect((await ask(main, { token, body: call("read") })).status).toBe(200);
      // A revocation counts to the second.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await fetch(`${authkit.url}/user_management/users/${ALAN}`, {
        method: "DELETE",
        headers: { authorization: `Bearer ${authkit.apiKey}` },
      });
      await expect
        .poll(async () => (await ask(main, { token, body: call("read") })).text, {
          timeout: 15_000,
        })
        .toContain("token_revoked");
    },
  },
  {
    id: "verification.webhook",
    title: "a token is refused once a signed webhook says that its user was removed",
    run: async (world) => {
      const { main, authkit } = world;
      const sub = "user_01K0WEBH00K000000000000000";
      const token = await authkit.forgeToken({ claims: { sub }, expiresInSeconds: 3600 });
      expect((await ask(main, { token, body: call("read") })).status).toBe(200);
      const now = Date.now();
      const body = JSON.stringify({
        id: "event_01K0WEBH00K",
        event: "user.deleted",
        data: { object: "user", id: sub },
        created_at: new Date(now + 1_000).toISOString(),
      });
      const deliver = async (secret: string): Promise<number> => {
        const signature = createHmac("sha256", secret).update(`${now}.${body}`).digest("hex");
        const headers = { "workos-signature": `t=${now}, v1=${signature}` };
        return (await ask(main, { path: "/webhooks/workos", headers, body })).status;
      };
      expect(await deliver("whsec_other")).toBe(400);
      expect((await ask(main, { token, body: call("read") })).status).toBe(200);
      expect(await deliver(WEBHOOK_SECRET)).toBe(200);
      await expectRefusal(world, token, "token_revoked");
    },
  },
];
