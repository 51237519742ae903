import { expect } from "vitest";
import type { Case } from "../case.ts";
import { ACME, ask, call, GRACE, type World } from "../world.ts";

async function whoami({ main }: World, token: string): Promise<unknown> {
  const { status, text } = await ask(main, { token, body: call("whoami") });
  expect(status).toBe(200);
  const data = /^data: ?(.*)$/m.exec(text)?.[1] ?? text;
  const message = JSON.parse(data) as { result: { content: [{ text: string }] } };
  return JSON.parse(message.result.content[0].text);
}

/** Who calls, as a tool learns it. */
export const callers: readonly Case[] = [
  {
    id: "callers.user",
    title: "a tool learns which person calls, in which organization",
    run: async (world) => {
      expect(await whoami(world, world.grace)).toEqual({
        kind: "user",
        id: GRACE,
        userId: GRACE,
        organizationId: ACME,
      });
    },
  },
  {
    id: "callers.machine",
    title: "a tool learns which application calls",
    run: async (world) => {
      const token = await world.authkit.machineToken("Nightly Reporter");
      expect(await whoami(world, token)).toEqual({
        kind: "application",
        id: "client_01K0REP0RTER00000000000000",
        organizationId: ACME,
      });
    },
  },
  {
    id: "callers.api-key",
    title: "a tool learns which API key calls",
    run: async (world) => {
      expect(await whoami(world, "sk_local_nightly_export_not_a_secret")).toEqual({
        kind: "api-key",
        id: "api_key_01K0N1GHT1Y0000000000000000",
        organizationId: ACME,
      });
    },
  },
  {
    id: "callers.uninvited",
    title: "an application and an API key are refused where they were not invited",
    run: async ({ authkit, open }) => {
      for (const token of [
        await authkit.machineToken("Nightly Reporter"),
        "sk_local_nightly_export_not_a_secret",
      ]) {
        expect((await ask(open, { token, body: call("whoami") })).status).toBe(401);
      }
    },
  },
  {
    id: "callers.concurrent",
    title: "calls at the same time see each its own caller",
    run: async (world) => {
      const subjects = Array.from({ length: 60 }, (_, index) => `user_01K0P${index % 6}`);
      const tokens = await Promise.all(
        subjects.map((sub) => world.authkit.forgeToken({ claims: { sub } })),
      );
      const seen = await Promise.all(tokens.map((token) => whoami(world, token)));
      expect(seen.map((one) => (one as { id: string }).id)).toEqual(subjects);
    },
  },
];
