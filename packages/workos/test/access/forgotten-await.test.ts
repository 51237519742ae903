import { describe, expect, it } from "vitest";
import { getAccess } from "../../src/index.js";
import type { Tool } from "../mcp-server.js";
import { MISUSES, USES } from "./programs.js";
import { call, SECRET, soon, startTools, WITHHELD } from "./serve-tools.js";

describe.each([
  ["JSON", true],
  ["an event stream", false],
])("a tool that answers with %s", (_, isJson) => {
  it.each(Object.entries(MISUSES))(
    "has its answer withheld after %s, with rights cached or not",
    async (_name, [leak, cause]) => {
      const { send, faults, logLines } = await startTools({ leak }, isJson);
      for (const isCached of [false, true]) {
        const { status, text, messages } = await send(call("leak"));
        expect([isCached, text.includes(SECRET)]).toEqual([isCached, false]);
        expect([status, messages]).toEqual(
          isJson
            ? [
                500,
                [
                  {
                    error: "server_error",
                    error_description: WITHHELD,
                    reason: "answer_withheld",
                  },
                ],
              ]
            : [
                200,
                [
                  {
                    jsonrpc: "2.0",
                    id: 1,
                    error: { code: -32603, message: WITHHELD, data: { reason: "answer_withheld" } },
                  },
                ],
              ],
        );
      }
      expect(faults()).toHaveLength(2);
      for (const fault of faults()) {
        expect(fault).toMatchObject({ reason: "answer_withheld" });
        expect((fault as { detail: string }).detail).toMatch(cause);
      }
      expect(
        logLines.filter((line) => line.startsWith("error [workos] Fault in what this server runs")),
      ).toHaveLength(2);
    },
  );

  it.each(Object.entries(USES))(
    "answers after %s, with rights cached or not",
    async (_name, [tool, isError, text]) => {
      const { send, faults } = await startTools({ tool }, isJson);
      for (const isCached of [false, true]) {
        const { status, messages } = await send(call("tool"));
        expect([isCached, status, messages]).toMatchObject([
          isCached,
          200,
          [{ id: 1, result: { content: [{ type: "text", text }] } }],
        ]);
        expect((messages as [{ result: { isError?: boolean } }])[0].result.isError ?? false).toBe(
          isError,
        );
      }
      expect(faults()).toEqual([]);
    },
  );

  it("has every answer of a batch withheld, when one message's code did not wait", async () => {
    const { send, faults } = await startTools(
      { leak: MISUSES["getAccess() alone"]?.[0] as Tool, open: () => "open" },
      isJson,
    );
    const { text, messages, status } = await send([call("leak", 1), call("open", 2)]);
    expect([text.includes(SECRET), text.includes('"open"')]).toEqual([false, false]);
    expect([status, messages.length]).toEqual(isJson ? [500, 1] : [200, 2]);
    expect(faults()).toHaveLength(1);
  });

  it("sends the denial of a batch and no success, since which code was denied cannot be found out", async () => {
    const { send, faults } = await startTools(
      {
        denied: USES["a denial that leaves the tool"]?.[0] as Tool,
        leak: MISUSES["a denial that is caught"]?.[0] as Tool,
        open: () => "open",
      },
      isJson,
    );
    const { status, text, messages } = await send([
      call("denied", 1),
      call("leak", 2),
      call("open", 3),
    ]);
    expect([status, text.includes(SECRET)]).toEqual([200, false]);
    const batchDenied = {
      code: -32603,
      message:
        "Another message of this batch was denied, so this one is not answered. Send each message on its own",
      data: { reason: "batch_denied" },
    };
    expect(
      messages.toSorted((one, other) => Number(one["id"]) - Number(other["id"])),
    ).toMatchObject([
      { id: 1, result: { isError: true } },
      { id: 2, error: batchDenied },
      { id: 3, error: batchDenied },
    ]);
    expect(faults()).toEqual([]);
  });

  it("answers a batch of tools that ask and wait", async () => {
    const { send, faults } = await startTools(
      {
        slow: async () => {
          await soon();
          return (await getAccess()).has({ role: "member" });
        },
        fast: async () => (await getAccess()).has({ role: "admin" }),
      },
      isJson,
    );
    const { messages } = await send([call("slow", 1), call("fast", 2)]);
    expect(
      messages.toSorted((one, other) => Number(one["id"]) - Number(other["id"])),
    ).toMatchObject([
      { id: 1, result: { content: [{ text: "true" }] } },
      { id: 2, result: { content: [{ text: "false" }] } },
    ]);
    expect(faults()).toEqual([]);
  });

  it("reports a denial that comes after its answer", async () => {
    const late: (() => void)[] = [];
    const { send, faults } = await startTools(
      {
        late: async () => {
          const access = await getAccess();
          late.push(() => {
            expect(() => {
              access.require({ role: "admin" });
            }).toThrow("was called after the response of its request had closed");
          });
          return "done";
        },
      },
      isJson,
    );
    await send(call("late"));
    await soon();
    expect(faults()).toEqual([]);
    late[0]?.();
    expect(faults()).toMatchObject([
      { reason: "denied_too_late", detail: /^tool late: access\.require\(\)/ },
    ]);
  });
});
