import { expect } from "vitest";
import { modern } from "../../support/rpc.ts";
import type { Case } from "../case.ts";
import { ALAN, call, eventsDuring, GRACE, notesDuring, send, show } from "../world.ts";
import type { RunningHost } from "../running-host.ts";

const LISTEN = modern("subscriptions/listen", { notifications: { toolsListChanged: true } });

/** Opens a stream and waits for its first bytes. */
async function open(
  host: RunningHost,
  token: string,
  question: { readonly body: object; readonly headers?: Readonly<Record<string, string>> },
  signal?: AbortSignal,
): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const response = await send(host, { token, ...question }, signal);
  expect([response.status, response.headers.get("content-type")]).toEqual([
    200,
    expect.stringMatching(/^text\/event-stream/),
  ]);
  const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const { value } = await reader.read();
  expect(new TextDecoder().decode(value)).toContain("data:");
  return reader;
}

/** Reads a stream to its end, and rejects when it is cut off. */
async function readToEnd(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}

/** Answers that last. */
export const streams: readonly Case[] = [
  {
    id: "streams.token",
    title: "a long stream ends when its token does",
    run: async ({ main, authkit }) => {
      const token = await authkit.token({ as: GRACE, expiresInSeconds: 3 });
      await readToEnd(await open(main, token, LISTEN));
    },
  },
  {
    id: "streams.close",
    title: "a long stream ends when the server closes",
    run: async ({ start, grace }) => {
      const host = await start({});
      const reader = await open(host, grace, LISTEN);
      await Promise.all([readToEnd(reader), host.stop()]);
    },
  },
  {
    id: "streams.left",
    title:
      "a client that leaves a stream ends its session, and the trail has an answer that is not whole",
    run: async ({ main, authkit }) => {
      const token = await authkit.forgeToken({ claims: { sub: ALAN.replace("A1AN", "LEFT") } });
      const leaving = new AbortController();
      const events = await eventsDuring(main, async () => {
        const notes = await notesDuring(main, async () => {
          const { notes: before } = await show(main);
          await open(main, token, { body: call("slow") }, leaving.signal);
          leaving.abort();
          await expect
            .poll(async () => (await show(main)).notes.length, { timeout: 15_000 })
            .toBe(before.length + 2);
        });
        expect(notes).toEqual(["slow", "slow: no caller"]);
      });
      expect(events.filter(({ kind }) => kind === "answered")).toMatchObject([
        { target: { kind: "tool", name: "slow" }, isComplete: false },
      ]);
    },
  },
  {
    id: "streams.left-early",
    title: "a client that leaves before the first byte ends its session too",
    run: async ({ main, authkit }) => {
      const token = await authkit.forgeToken({ claims: { sub: ALAN.replace("A1AN", "EAR1") } });
      const leaving = new AbortController();
      const { body, headers } = modern("tools/call", { name: "slow" }, "slow");
      const { notes } = await show(main);
      const left = send(main, { token, body, headers }, leaving.signal).then(async (response) =>
        response.text(),
      );
      await expect
        .poll(async () => (await show(main)).notes.length, { timeout: 15_000 })
        .toBe(notes.length + 1);
      leaving.abort();
      await expect(left).rejects.toThrow("abort");
      await expect
        .poll(async () => (await show(main)).notes.slice(notes.length), { timeout: 15_000 })
        .toEqual(["slow", "slow: no caller"]);
      expect((await show(main)).events.findLast(({ kind }) => kind === "answered")).toMatchObject({
        target: { kind: "tool", name: "slow" },
        isComplete: false,
      });
    },
  },
];
