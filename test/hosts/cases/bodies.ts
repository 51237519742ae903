import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import type { Case } from "../case.ts";
import { ask, call, notesDuring, seenBehind, type Question, type World } from "../world.ts";

/** Sends what would purge for Grace, who may not, and returns the status; fails when the tool ran. */
async function attempt({ main, grace }: World, question: Question): Promise<number> {
  let status = 0;
  const notes = await notesDuring(main, async () => {
    const answer = await ask(main, { token: grace, ...question });
    expect(answer.text).not.toContain("purge done");
    // Nor did other code get it.
    expect(answer.text).not.toMatch(/^\{"path":"\/seen".*"(?:text|parsedBody)":[^]*purge/);
    ({ status } = answer);
  });
  expect(notes).not.toContain("purge");
  return status;
}

/**
 * Sends a body that is refused before it is all read: the connection closes then, and the reset that follows may
 * overtake the answer. Then it is sent again.
 */
async function attemptAgain(world: World, question: () => Question): Promise<number> {
  for (let left = 4; left > 0; left -= 1) {
    try {
      return await attempt(world, question());
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }
  return attempt(world, question());
}

const PURGE = JSON.stringify(call("purge"));
const MEBIBYTE = 1024 * 1024;

function chunked(text: string): ReadableStream<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder().encode(text);
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += MEBIBYTE) {
        controller.enqueue(bytes.slice(at, at + MEBIBYTE));
      }
      controller.close();
    },
  });
}

const refused = (
  title: string,
  id: Case["id"],
  status: number,
  question: () => Question,
): Case => ({
  id,
  title,
  run: async (world) => {
    expect(await attemptAgain(world, question)).toBe(status);
    // The server is well.
    const { text } = await ask(world.main, { token: world.grace, body: call("read") });
    expect(text).toContain("read done");
  },
});

/** Bodies in every form: what is dispatched is what was judged. */
export const bodies: readonly Case[] = [
  {
    id: "bodies.json",
    title: "JSON is judged and dispatched by every name of its type, in one piece and in chunks",
    run: async ({ main, grace }) => {
      for (const type of [
        "application/json",
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
      ]) {
        const { text } = await ask(main, {
          token: grace,
          body: call("echo", { note: "häßlich" }),
          headers: { "content-type": type },
        });
        expect(text).toContain("häßlich");
      }
      const body = chunked(JSON.stringify(call("echo", { note: "in chunks" })));
      expect((await ask(main, { token: grace, body })).text).toContain("in chunks");
    },
  },
  {
    id: "bodies.seen",
    title: "the app gets the value that was judged, and of a repeated member the one that was",
    run: async ({ main, grace }) => {
      const body = '{ "a": 1, "b": "x", "a": 2 }';
      const seen = await seenBehind(main, { token: grace, body });
      expect(seen.parsedBody).toEqual({ a: 2, b: "x" });
    },
  },
  {
    id: "bodies.text",
    title: "the text that the app gets is the judged value's",
    run: async ({ main, grace }) => {
      const body = '{ "a": 1, "b": "x", "a": 2 }';
      const seen = await seenBehind(main, { token: grace, body });
      expect(seen.text).toBe('{"a":2,"b":"x"}');
    },
  },
  refused("broken JSON gets 400", "bodies.broken", 400, () => ({ body: PURGE.slice(0, -1) })),
  {
    id: "bodies.utf8",
    title: "bytes that are no UTF-8 hide nothing",
    run: async (world) => {
      const text = PURGE.replace('"arguments":{}', '"arguments":{"note":"\xff"}');
      const status = await attempt(world, { body: new Uint8Array(Buffer.from(text, "latin1")) });
      expect([200, 400]).toContain(status);
    },
  },
  refused("a body of more than 10 MiB gets 413", "bodies.huge", 413, () => ({
    body: JSON.stringify(call("purge", { note: "x".repeat(10 * MEBIBYTE) })),
  })),
  refused(
    "a body of more than 10 MiB gets 413 without a length",
    "bodies.huge-chunks",
    413,
    () => ({
      body: chunked(JSON.stringify(call("purge", { note: "x".repeat(10 * MEBIBYTE) }))),
    }),
  ),
  {
    id: "bodies.large",
    title: "a body of 6 MiB is judged and dispatched",
    run: async ({ main, grace }) => {
      const note = "x".repeat(6 * MEBIBYTE);
      const { status, text } = await ask(main, { token: grace, body: call("echo", { note }) });
      expect([status, text.length > note.length]).toEqual([200, true]);
    },
  },
  {
    id: "bodies.compressed",
    title: "a compressed body is judged or refused",
    run: async (world) => {
      const status = await attempt(world, {
        body: new Uint8Array(gzipSync(PURGE)),
        headers: { "content-encoding": "gzip" },
      });
      expect([200, 400, 415]).toContain(status);
    },
  },
  {
    id: "bodies.plain",
    title: "a body of another type is judged or refused",
    run: async (world) => {
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "text/json", ""]) {
        for (const path of ["/mcp", "/seen"]) {
          const question = { path, body: PURGE, headers: { "content-type": type } };
          const status = await attempt(world, question);
          // Some hosts parse every type as JSON, and then it is judged.
          expect([type, path, status < 500]).toEqual([type, path, true]);
        }
      }
    },
  },
  {
    id: "bodies.none",
    title: "a POST without a body is refused",
    run: async (world) => {
      for (const headers of [{}, { "content-type": "application/json" }]) {
        expect([400, 415]).toContain(await attempt(world, { headers }));
      }
    },
  },
  {
    id: "bodies.repeated",
    title: "repeated members and escapes run what was judged",
    run: async (world) => {
      const open = '{"jsonrpc":"2.0","id":1,"method":"tools/call",';
      for (const body of [
        `${open}"params":{"name":"read","name":"purge"}}`,
        `${open}"params":{"name":"purge","name":"read"}}`,
        `${open}"params":{"name":"purge"},"params":{"name":"read"}}`,
        `${open}"params":{"name":"read"},"params":{"name":"purge"}}`,
        `${open}"params":{"n\\u0061me":"\\u0070urge"}}`,
        `${open}"params":{"__proto__":{"name":"purge"}}}`,
        JSON.stringify([[call("purge")]]),
        JSON.stringify(PURGE),
      ]) {
        const status = await attempt(world, { body });
        expect([body, status < 500]).toEqual([body, true]);
      }
    },
  },
  {
    id: "bodies.mark",
    title: "a byte order mark hides nothing",
    run: async (world) => {
      const status = await attempt(world, { body: `\ufeff${PURGE}` });
      expect([200, 400]).toContain(status);
    },
  },
  {
    id: "bodies.deep",
    title: "a body of 100,000 levels ends no server",
    run: async (world) => {
      const note = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
      const body = PURGE.replace('"arguments":{}', `"arguments":{"note":${note}}`);
      expect(await attempt(world, { body })).toBeLessThan(500);
      const { text } = await ask(world.main, { token: world.grace, body: call("read") });
      expect(text).toContain("read done");
    },
  },
  {
    id: "bodies.open",
    title: "without an access map the body reaches the tool as well",
    run: async ({ open, authkit }) => {
      const token = await authkit.token({});
      const { status, text } = await ask(open, { token, body: call("echo", { note: "whole" }) });
      expect([status, text]).toEqual([200, expect.stringContaining("whole")]);
    },
  },
];
