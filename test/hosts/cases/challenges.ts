import { expect } from "vitest";
import { rawRequest, statusOf } from "../../support/raw-request.ts";
import type { Case } from "../case.ts";
import { ask, call, METADATA, notesDuring } from "../world.ts";

const CALL = JSON.stringify(call("read"));

/** What a request without a usable credential gets. */
export const challenges: readonly Case[] = [
  {
    id: "challenges.none",
    title: "a request without a token gets 401 and where to get one, by every method",
    run: async ({ main }) => {
      const notes = await notesDuring(main, async () => {
        for (const method of ["GET", "POST", "DELETE", "PUT", "PATCH"]) {
          const hasBody = method !== "GET";
          const { status, headers, text } = await ask(main, {
            method,
            ...(hasBody ? { body: call("read") } : {}),
          });
          expect([method, status]).toEqual([method, 401]);
          expect(headers.get("www-authenticate")).toBe(`Bearer resource_metadata="${METADATA}"`);
          expect(JSON.parse(text)).toMatchObject({ reason: "credentials_missing" });
        }
        const head = await ask(main, { method: "HEAD" });
        expect([head.status, head.text]).toEqual([401, ""]);
      });
      expect(notes).toEqual([]);
    },
  },
  {
    id: "challenges.options",
    title: "OPTIONS that is no preflight gets 401",
    run: async ({ main }) => {
      expect((await ask(main, { method: "OPTIONS" })).status).toBe(401);
    },
  },
  {
    id: "challenges.paths",
    title: "every other path needs a token as well",
    run: async ({ main }) => {
      const notes = await notesDuring(main, async () => {
        for (const path of [
          "/",
          "/seen",
          "/MCP",
          "/mcp/",
          "/events/",
          "/EVENTS",
          "/.well-known/",
        ]) {
          const { status } = await ask(main, { path, body: call("read") });
          expect([path, status]).toEqual([path, 401]);
        }
      });
      expect(notes).toEqual([]);
    },
  },
  {
    id: "challenges.scheme",
    title: "another scheme gets 401",
    run: async ({ main }) => {
      const { status, headers, text } = await ask(main, {
        body: call("read"),
        headers: { authorization: "Basic YWRtaW46YWRtaW4=" },
      });
      expect(status).toBe(401);
      expect(JSON.parse(text)).toMatchObject({ reason: "scheme_unsupported" });
      expect(headers.get("www-authenticate")).toContain(`resource_metadata="${METADATA}"`);
    },
  },
  {
    id: "challenges.malformed",
    title: "a malformed credential gets 400",
    run: async ({ main }) => {
      const { status, headers, text } = await ask(main, {
        body: call("read"),
        headers: { authorization: "Bearer one two" },
      });
      expect(status).toBe(400);
      expect(JSON.parse(text)).toMatchObject({ reason: "credentials_malformed" });
      expect(headers.get("www-authenticate")).toContain('error="invalid_request"');
    },
  },
  {
    id: "challenges.repeated",
    title: "two Authorization fields get 400, though each were good",
    run: async ({ main, grace }) => {
      const answers: number[] = [];
      const notes = await notesDuring(main, async () => {
        for (const fields of [
          [`Authorization: Bearer ${grace}`, `Authorization: Bearer ${grace}`],
          [`Authorization: Bearer ${grace}`, "Authorization: Bearer other"],
          ["authorization: Bearer other", `Authorization: Bearer ${grace}`],
        ]) {
          const head = [
            "POST /mcp HTTP/1.1",
            `Host: 127.0.0.1:${main.port}`,
            "Content-Type: application/json",
            "Accept: application/json, text/event-stream",
            ...fields,
          ].join("\r\n");
          answers.push(statusOf(await rawRequest(main.port, head, CALL)));
        }
      });
      expect(answers).toEqual([400, 400, 400]);
      expect(notes).toEqual([]);
    },
  },
  {
    id: "challenges.public",
    title: "a public path passes without a token, and without a caller though it had one",
    run: async ({ main, grace }) => {
      for (const token of [undefined, grace]) {
        const { status, text } = await ask(main, {
          method: "GET",
          path: "/events",
          ...(token === undefined ? {} : { token }),
        });
        expect(status).toBe(200);
        expect(JSON.parse(text)).toMatchObject({ hasCaller: false });
      }
    },
  },
];
