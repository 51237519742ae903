import { expect } from "vitest";
import { CONNECTION, IDENTITIES } from "../../../packages/workos/test/attacks/identity-fields.ts";
import { rawRequest, statusOf } from "../../support/raw-request.ts";
import type { Case } from "../case.ts";
import { seenBehind } from "../world.ts";

const FIELDS = [...IDENTITIES, ...CONNECTION];

/** What the app sees of header fields. */
export const headers: readonly Case[] = [
  {
    id: "headers.token",
    title: "the caller's token reaches no code behind the guard",
    run: async ({ main, grace }) => {
      const seen = await seenBehind(main, { token: grace, body: { a: 1 } });
      const text = JSON.stringify(seen);
      for (const part of grace.split(".")) expect(text).not.toContain(part);
      expect(text).toContain("[access token withheld by @xmcp-dev/workos]");
      expect(seen.authInfo).toMatchObject({
        token: "[access token withheld by @xmcp-dev/workos]",
        resource: "http://127.0.0.1:3002/mcp",
      });
    },
  },
  {
    id: "headers.api-key",
    title: "an API key reaches no code behind the guard",
    run: async ({ main }) => {
      const token = "sk_local_nightly_export_not_a_secret";
      const seen = await seenBehind(main, { token, body: { a: 1 } });
      expect(JSON.stringify(seen)).not.toContain(token);
    },
  },
  {
    id: "headers.identities",
    title: "fields that could be mistaken for the caller are taken off, and others stay",
    run: async ({ main, grace }) => {
      const answer = await rawRequest(
        main.port,
        [
          "GET /seen HTTP/1.1",
          `Host: 127.0.0.1:${main.port}`,
          `Authorization: Bearer ${grace}`,
          ...FIELDS.map((name) => `${name}: MALLORY`),
          ...FIELDS.map((name) => `${name.toUpperCase()}: MALLORY`),
          "Traceparent: 00-kept",
          "X-Request-Id: kept-too",
        ].join("\r\n"),
      );
      expect(statusOf(answer)).toBe(200);
      expect(answer).not.toContain("MALLORY");
      expect(answer).toContain("00-kept");
      expect(answer).toContain("kept-too");
    },
  },
];
