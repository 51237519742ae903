import { expect } from "vitest";
import { modern, postRpc } from "../../support/rpc.ts";
import type { Case } from "../case.ts";
import { ADA, ask, call, METADATA, notesDuring } from "../world.ts";

const LIST = { jsonrpc: "2.0", id: 1, method: "tools/list", params: {} };
const FOR_GRACE = ["echo", "forgetful", "organized", "read", "scoped", "slow", "whoami"];

const namesIn = (messages: readonly Record<string, unknown>[]): readonly string[] =>
  (messages[0] as unknown as { result: { tools: { name: string }[] } }).result.tools
    .map(({ name }) => name)
    .toSorted();

/** Who may do what. */
export const access: readonly Case[] = [
  {
    id: "access.denied",
    title: "a tool that its caller may not use does not run, and the answer names what is missing",
    run: async ({ main, grace }) => {
      const notes = await notesDuring(main, async () => {
        const { status, text } = await ask(main, { token: grace, body: call("purge") });
        expect(status).toBe(200);
        expect(JSON.parse(text)).toMatchObject({
          id: 1,
          result: {
            isError: true,
            _meta: {
              "xmcp.dev/access-denied": {
                reason: "permission_missing",
                missing: { permissions: ["users:manage"] },
              },
            },
          },
        });
      });
      expect(notes).toEqual([]);
    },
  },
  {
    id: "access.allowed",
    title: "the same tool runs for a caller who may use it",
    run: async ({ main, ada }) => {
      const notes = await notesDuring(main, async () => {
        expect((await ask(main, { token: ada, body: call("purge") })).text).toContain("purge done");
      });
      expect(notes).toEqual(["purge"]);
    },
  },
  {
    id: "access.unnamed",
    title: "a tool, a resource and a prompt that the map does not name are denied",
    run: async ({ main, ada }) => {
      for (const [method, params] of [
        ["tools/call", { name: "nowhere" }],
        ["resources/read", { uri: "docs://nowhere" }],
        ["prompts/get", { name: "nowhere" }],
      ] as const) {
        const { text } = await ask(main, {
          token: ada,
          body: { jsonrpc: "2.0", id: 1, method, params },
        });
        expect([method, text]).toEqual([method, expect.stringContaining('"not_in_access_map"')]);
      }
    },
  },
  {
    id: "access.batch",
    title: "a batch with one denied message runs none of them",
    run: async ({ main, grace }) => {
      const notes = await notesDuring(main, async () => {
        const { text } = await ask(main, {
          token: grace,
          body: [call("read"), { ...call("purge"), id: 2 }, { ...call("read"), id: 3 }],
          headers: { "mcp-protocol-version": "2025-03-26" },
        });
        expect(text).toContain("permission_missing");
        expect(text).not.toContain("read done");
      });
      expect(notes).toEqual([]);
    },
  },
  {
    id: "access.list-stream",
    title: "a list as an event stream shows what its caller may use",
    run: async ({ main, grace, ada }) => {
      const shown = await postRpc(`${main.origin}/mcp`, grace, LIST);
      expect(shown.contentType).toMatch(/^text\/event-stream/);
      expect(namesIn(shown.messages)).toEqual(FOR_GRACE);
      const all = await postRpc(`${main.origin}/mcp`, ada, LIST);
      expect(namesIn(all.messages)).toEqual([...FOR_GRACE, "purge"].toSorted());
    },
  },
  {
    id: "access.list-json",
    title: "a list as JSON shows what its caller may use",
    run: async ({ main, grace, ada }) => {
      const { body, headers } = modern("tools/list", {});
      const shown = await postRpc(`${main.origin}/mcp`, grace, body, headers);
      expect(shown.contentType).toMatch(/^application\/json/);
      expect(namesIn(shown.messages)).toEqual(FOR_GRACE);
      const all = await postRpc(`${main.origin}/mcp`, ada, body, headers);
      expect(namesIn(all.messages)).toEqual([...FOR_GRACE, "purge"].toSorted());
    },
  },
  {
    id: "access.forgotten",
    title: "the answer of a tool that does not wait for what it asked is withheld",
    run: async ({ main, grace }) => {
      const { body, headers } = modern("tools/call", { name: "forgetful" }, "forgetful");
      for (const [question, status] of [
        [{ body: call("forgetful") }, 200],
        [{ body, headers }, 500],
      ] as const) {
        const answer = await ask(main, { token: grace, ...question });
        expect(answer.text).not.toContain("the secret");
        expect(answer.text).toContain("answer_withheld");
        // In an event stream the head has left already.
        expect(answer.status).toBe(status);
      }
    },
  },
  {
    id: "access.step-up-scope",
    title: "a missing scope gets 403 and all scopes to ask for",
    run: async ({ main, grace }) => {
      const { status, headers, text } = await ask(main, { token: grace, body: call("scoped") });
      expect(status).toBe(403);
      expect(headers.get("www-authenticate")).toContain(
        'Bearer error="insufficient_scope", scope="email openid profile reports:write", ' +
          `resource_metadata="${METADATA}"`,
      );
      expect(JSON.parse(text)).toMatchObject({ error: "insufficient_scope" });
    },
  },
  {
    id: "access.step-up-organization",
    title: "a missing organization gets 401 and a way to choose one",
    run: async ({ main, authkit }) => {
      const token = await authkit.token({ as: ADA });
      const { status, headers, text } = await ask(main, { token, body: call("organized") });
      expect(status).toBe(401);
      expect(headers.get("www-authenticate")).toContain(`resource_metadata="${METADATA}"`);
      expect(JSON.parse(text)).toMatchObject({ reason: "organization_required" });
    },
  },
];
