import { describe, expect, it } from "vitest";
import { getAccess } from "../../src/index.js";
import { call, SECRET, soon, startTools, WITHHELD } from "./serve-tools.js";

const unawaited = (): string => {
  void getAccess();
  return SECRET;
};
const guard = async (): Promise<void> => {
  (await getAccess()).require({ permissions: ["secrets:read"] });
};

// One call alone: test/misuse.
describe.each([
  ["JSON", true],
  ["an event stream", false],
])("a tool that answers with %s", (_, isJson) => {
  it("has every answer of a batch withheld, when one message's code did not wait", async () => {
    const { send, faults } = await startTools({ leak: unawaited, open: () => "open" }, isJson);
    const { text, messages, status } = await send([call("leak", 1), call("open", 2)]);
    expect([text.includes(SECRET), text.includes('"open"')]).toEqual([false, false]);
    const error = { code: -32603, message: WITHHELD, data: { reason: "answer_withheld" } };
    expect([status, ...messages]).toEqual(
      isJson
        ? [500, { error: "server_error", error_description: WITHHELD, reason: "answer_withheld" }]
        : [200, { jsonrpc: "2.0", id: 1, error }, { jsonrpc: "2.0", id: 2, error }],
    );
    expect(faults()).toHaveLength(1);
  });

  it("sends the denial of a batch and no success, since which code was denied cannot be found out", async () => {
    const { send, faults } = await startTools(
      {
        denied: guard,
        leak: () => guard().then(undefined, () => SECRET),
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

  it("has a batch withheld whose one message uses its answer of on() and the other not", async () => {
    const on = async () => (await getAccess()).on("docs:read", { resourceId: "d" });
    const { send, faults } = await startTools(
      {
        right: async () => String((await on()).isAllowed),
        wrong: async () => ((await on()) ? SECRET : "no"),
      },
      isJson,
    );
    const { text } = await send([call("right", 1), call("wrong", 2)]);
    expect(text.includes(SECRET)).toBe(false);
    expect(faults()).toMatchObject([
      { detail: /access\.on\(\) was awaited and its answer not used/ },
    ]);
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

  it("reports nothing of a batch whose client has left: nothing was sent", async () => {
    const { promise: gone, resolve: leave } = Promise.withResolvers<void>();
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const outcomes: string[] = [];
    const client = new AbortController();
    const { send, faults } = await startTools(
      {
        slow: async () => {
          const access = await getAccess();
          access.has({ role: "member" });
          start();
          await gone;
          try {
            access.has({ role: "member" });
            outcomes.push("asked");
          } catch (error) {
            outcomes.push((error as { code: string }).code);
          }
          ask();
          return "x";
        },
        fast: async () => (await getAccess()).has({ role: "member" }),
      },
      isJson,
    );
    const sent = send([call("fast", 1), call("slow", 2)], client.signal).catch(() => undefined);
    await started;
    await soon();
    client.abort();
    await soon();
    await soon();
    leave();
    await asked;
    await sent;
    await soon();
    expect(outcomes).toEqual(["no_session"]);
    expect(faults()).toEqual([]);
  });

  it("reports access that is asked for after its answer", async () => {
    const later = async (): Promise<void> => {
      await soon();
      (await getAccess()).require({ role: "admin" });
    };
    const { send, faults } = await startTools(
      {
        late: () => {
          later().catch(() => undefined);
          return SECRET;
        },
      },
      isJson,
    );
    expect((await send(call("late"))).text).toContain(SECRET);
    await soon();
    await soon();
    expect(faults()).toMatchObject([
      {
        reason: "denied_too_late",
        detail: /^tool late: getAccess\(\) was called after the answer had been sent/,
      },
    ]);
  });

  it("reports no access that is asked for after a denial", async () => {
    const later = async (): Promise<void> => {
      await soon();
      await getAccess();
    };
    const { send, faults } = await startTools(
      {
        late: async () => {
          later().catch(() => undefined);
          (await getAccess()).require({ role: "admin" });
        },
      },
      isJson,
    );
    await send(call("late"));
    await soon();
    await soon();
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
