import { describe, expect, it } from "vitest";
import { getAccess, type AuthEvent } from "../../src/index.js";
import { startGuarded, type GuardedServerOptions } from "../guarded-server.js";
import type { Tool } from "../mcp-server.js";
import { call, SECRET, soon, startTools, WITHHELD } from "./serve-tools.js";

describe("the answer to a request", () => {
  /** Serves one handler over HTTP, without MCP. */
  const serve = async (
    handler: NonNullable<GuardedServerOptions["handler"]>,
  ): Promise<{ readonly ask: () => Promise<Response>; readonly events: AuthEvent[] }> => {
    const events: AuthEvent[] = [];
    const { ask, issuer } = await startGuarded({
      handler,
      config: { observers: [{ name: "events", onEvent: (event) => void events.push(event) }] },
    });
    return { ask: () => ask(issuer.sign()), events };
  };
  const faultsIn = (events: readonly AuthEvent[]): readonly AuthEvent[] =>
    events.filter(({ kind }) => kind === "fault");

  it("is written by Node itself, while its code does not call getAccess()", async () => {
    const seen: unknown[] = [];
    const { ask } = await serve((_request, response) => {
      const own = (): readonly string[] =>
        Object.keys(response).filter((key) => ["write", "end", "writeHead"].includes(key));
      seen.push(own());
      void getAccess();
      seen.push(own());
      response.end();
    });
    await ask();
    expect(seen).toEqual([[], ["writeHead", "write", "end"]]);
  });

  it("keeps an HTTP error as it is, whatever its code did not wait for", async () => {
    const { ask, events } = await serve((_request, response) => {
      void getAccess();
      response.writeHead(409, { "Content-Type": "text/plain" });
      response.end("conflict");
    });
    const answer = await ask();
    expect([answer.status, await answer.text()]).toEqual([409, "conflict"]);
    expect(faultsIn(events)).toEqual([]);
  });

  it("passes bytes of any kind unchanged once its code has waited", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const { ask } = await serve((_request, response) => {
      void getAccess().then(() => {
        response.writeHead(200, { "Content-Type": "image/png", "Content-Length": bytes.length });
        response.write(bytes.subarray(0, 100));
        response.end(bytes.subarray(100));
      });
    });
    const answer = await ask();
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes);
    expect(answer.headers.get("content-length")).toBe("256");
  });

  it.each([
    ["plain text", { "Content-Type": "text/plain", ETag: '"1"' }],
    ["an encoded body", { "Content-Type": "application/json", "Content-Encoding": "br" }],
    ["no type at all", {}],
  ])(
    "is withheld when it is %s too, with the header fields that were about it",
    async (_, headers) => {
      const { ask, events } = await serve((_request, response) => {
        void getAccess();
        response.writeHead(200, "Fine", headers);
        response.write(SECRET);
        response.end(SECRET);
      });
      const answer = await ask();
      expect([answer.status, answer.statusText]).toEqual([500, "Internal Server Error"]);
      expect(await answer.json()).toEqual({
        error: "server_error",
        error_description: WITHHELD,
        reason: "answer_withheld",
      });
      expect([answer.headers.get("etag"), answer.headers.get("content-encoding")]).toEqual([
        null,
        null,
      ]);
      expect(faultsIn(events)).toMatchObject([
        { reason: "answer_withheld", detail: /^a request: / },
      ]);
    },
  );

  it("is cut off when bytes of it were sent before its code asked", async () => {
    const { ask, events } = await serve((_request, response) => {
      response.writeHead(200, { "Content-Type": "text/plain" });
      response.write("begun, ");
      setTimeout(() => {
        void getAccess();
        response.end(SECRET);
      }, 10);
    });
    await expect((await ask()).text()).rejects.toThrow("terminated");
    expect(faultsIn(events)).toHaveLength(1);
  });

  it("lets notifications of a stream pass while its code waits", async () => {
    const { send, faults } = await startTools(
      {
        tool: async ({ notify }) => {
          const asked = getAccess();
          await notify("working");
          return (await asked).has({ role: "member" });
        },
      },
      false,
    );
    expect((await send(call("tool"))).messages).toMatchObject([
      { method: "notifications/message", params: { data: "working" } },
      { id: 1, result: { content: [{ text: "true" }] } },
    ]);
    expect(faults()).toEqual([]);
  });
});

describe("a rejection that nothing handles", () => {
  /** Runs what a tool does, and gives the unhandled rejections that Node reports. */
  const unhandled = async (tool: Tool): Promise<readonly unknown[]> => {
    const errors: unknown[] = [];
    const note = (error: unknown): void => void errors.push((error as Error).message);
    const others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", note);
    try {
      const { send } = await startTools({ tool }, true);
      await send(call("tool"));
      await soon();
    } finally {
      process.off("unhandledRejection", note);
      for (const other of others) process.on("unhandledRejection", other);
    }
    return errors;
  };

  it("does not reach Node when it is a denial in a then() of getAccess()", async () => {
    expect(
      await unhandled(() => {
        void getAccess().then((access) => access.require({ role: "admin" }));
        return "x";
      }),
    ).toEqual([]);
  });

  it("reaches Node when it is another error in a then() of getAccess()", async () => {
    expect(
      await unhandled(() => {
        void getAccess().then(() => {
          throw new Error("a bug of the tool");
        });
        return "x";
      }),
    ).toEqual(["a bug of the tool"]);
  });

  it("reaches Node no more when the tool handles it", async () => {
    expect(
      await unhandled(async () => {
        await getAccess()
          .then(() => {
            throw new Error("a bug of the tool");
          })
          .catch(() => undefined);
        return "x";
      }),
    ).toEqual([]);
  });
});
