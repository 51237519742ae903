import { expect } from "vitest";
import type { Case } from "../case.ts";
import { ACME, ask, call, eventsDuring, GRACE } from "../world.ts";

/** What observers learn. */
export const trail: readonly Case[] = [
  {
    id: "trail.refused",
    title: "a refusal is one event with its reason and status",
    run: async ({ main }) => {
      const events = await eventsDuring(main, () => ask(main, { body: call("read") }));
      expect(events).toMatchObject([
        { kind: "refused", reason: "credentials_missing", status: 401, method: "POST" },
      ]);
    },
  },
  {
    id: "trail.answered",
    title: "a call is admitted and answered, whole, with the arguments that are to be kept",
    run: async ({ main, grace }) => {
      const events = await eventsDuring(main, async () => {
        const body = call("echo", { note: "kept", other: "not kept" });
        await ask(main, { token: grace, body, headers: { "user-agent": "matrix/1" } });
      });
      const common = {
        caller: { kind: "user", id: GRACE },
        organizationId: ACME,
        method: "tools/call",
        target: { kind: "tool", name: "echo" },
        rule: 'access.tools["echo"]',
        requestId: 1,
        arguments: { note: "kept" },
        from: { userAgent: "matrix/1" },
      };
      expect(events).toMatchObject([
        { kind: "admitted", ...common },
        { kind: "answered", ...common, status: 200, isComplete: true },
      ]);
      const [admitted, answered] = events as readonly { readonly callId?: string }[];
      expect(answered?.callId).toBe(admitted?.callId);
    },
  },
  {
    id: "trail.denied",
    title: "a denial is one event with its rule and reason",
    run: async ({ main, grace }) => {
      const events = await eventsDuring(main, () =>
        ask(main, { token: grace, body: call("purge") }),
      );
      expect(events).toMatchObject([
        {
          kind: "denied",
          reason: "permission_missing",
          status: 200,
          rule: 'access.tools["purge"]',
          target: { kind: "tool", name: "purge" },
        },
      ]);
    },
  },
  {
    id: "trail.address",
    title: "an event names the address that the request came from",
    run: async ({ main }) => {
      const events = await eventsDuring(main, () => ask(main, { body: call("read") }));
      expect(events).toMatchObject([{ kind: "refused", from: { address: "127.0.0.1" } }]);
    },
  },
  {
    id: "trail.forwarded",
    title: "behind a trusted proxy, an event names the address that the proxy wrote last",
    run: async ({ open }) => {
      const headers = { "x-forwarded-for": "203.0.113.9, 198.51.100.7" };
      const events = await eventsDuring(open, () => ask(open, { body: call("read"), headers }));
      expect(events).toMatchObject([{ kind: "refused", from: { address: "198.51.100.7" } }]);
    },
  },
];
