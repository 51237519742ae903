import { expect } from "vitest";
import type { Case } from "../case.ts";
import { ADA, ask, call, GLOBEX, notesDuring } from "../world.ts";

/** What is answered while WorkOS cannot be asked. */
export const outages: readonly Case[] = [
  {
    id: "outages.keys",
    title:
      "a server that cannot have its issuer's keys answers 503, lets no caller in, and recovers",
    run: async ({ authkit, start, grace }) => {
      const failing = authkit.fail("jwks", { status: 503 });
      try {
        const host = await start({});
        const notes = await notesDuring(host, async () => {
          const { status, headers, text } = await ask(host, { token: grace, body: call("read") });
          expect(status).toBe(503);
          expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
          expect(JSON.parse(text)).toMatchObject({ error: "temporarily_unavailable" });
          expect((await ask(host, { body: call("read") })).status).toBe(401);
          const path = "/.well-known/oauth-protected-resource/mcp";
          expect((await ask(host, { method: "GET", path })).status).toBe(200);
        });
        expect(notes).toEqual([]);
        failing[Symbol.dispose]();
        await expect
          .poll(async () => (await ask(host, { token: grace, body: call("read") })).status, {
            timeout: 15_000,
          })
          .toBe(200);
      } finally {
        failing[Symbol.dispose]();
      }
    },
  },
  {
    id: "outages.kept-keys",
    title: "a server that has its issuer's keys goes on without the issuer",
    run: async ({ authkit, main }) => {
      const token = await authkit.forgeToken({ claims: { sub: "user_01K0KEPT" } });
      const failing = authkit.fail("jwks", "down");
      try {
        expect((await ask(main, { token, body: call("read") })).status).toBe(200);
      } finally {
        failing[Symbol.dispose]();
      }
    },
  },
  {
    id: "outages.access",
    title: "a rule that WorkOS must be asked for answers 503 while it cannot be asked",
    run: async ({ authkit, main }) => {
      const token = await authkit.token({ as: ADA, organization: GLOBEX });
      const failing = authkit.fail("api", { status: 503 });
      try {
        const notes = await notesDuring(main, async () => {
          const { status, headers, text } = await ask(main, { token, body: call("purge") });
          expect(status).toBe(503);
          expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
          expect(JSON.parse(text)).toMatchObject({ reason: "access_unavailable" });
        });
        expect(notes).toEqual([]);
      } finally {
        failing[Symbol.dispose]();
      }
    },
  },
];
