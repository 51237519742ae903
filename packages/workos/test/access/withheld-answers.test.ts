import { pipeline } from "node:stream/promises";
import { createRequire } from "node:module";
import { describe, expect, it, vi } from "vitest";
import { getAccess, type AuthEvent } from "../../src/index.js";
import { startGuarded, type GuardedServerOptions } from "../support/guarded-server.js";
import type { Tool } from "../support/mcp-server.js";

/** It has no types. */
const compression = createRequire(import.meta.url)("compression") as (
  options: object,
) => (...args: [...Parameters<Handler>, () => void]) => void;
import { call, SECRET, soon, startTools, WITHHELD } from "./serve-tools.js";

type Handler = (...given: Parameters<NonNullable<GuardedServerOptions["handler"]>>) => unknown;

describe("the answer to a request", () => {
  /** Serves one handler over HTTP, without MCP. */
  const serve = async (
    handler: Handler,
  ): Promise<{ readonly ask: () => Promise<Response>; readonly events: AuthEvent[] }> => {
    const events: AuthEvent[] = [];
    const { ask, issuer } = await startGuarded({
      handler: (request, response) => void handler(request, response),
      config: { observers: [{ name: "events", onEvent: (event) => void events.push(event) }] },
    });
    return { ask: () => ask(issuer.sign()), events };
  };
  const faultsIn = (events: readonly AuthEvent[]): readonly AuthEvent[] =>
    events.filter(({ kind }) => kind === "fault");

  const slow = async (): Promise<string> => {
    const access = await getAccess();
    return String(access.has({ caller: "user" }));
  };
  /** Answers by a function that was looked up before the tool asks about access. */
  const early: readonly (readonly [string, (tool: () => Promise<string>) => Handler])[] = [
    ["end(await …)", (tool) => async (_, response) => response.end(await tool())],
    [
      "a bound end",
      (tool) => async (_, response) => {
        const send = response.end.bind(response);
        send(await tool());
      },
    ],
    [
      "a bound write",
      (tool) => async (_, response) => {
        const send = response.write.bind(response) as (text: string) => void;
        send(await tool());
        response.end();
      },
    ],
    [
      "a bound writeHead and end",
      (tool) => async (_, response) => {
        const [head, send] = [response.writeHead.bind(response), response.end.bind(response)];
        const text = await tool();
        head(200, { "Content-Type": "text/plain", "Content-Length": text.length });
        send(text);
      },
    ],
    [
      "stream.pipeline()",
      (tool) => (_, response) => {
        void pipeline(async function* () {
          yield await tool();
        }, response);
      },
    ],
  ];

  it.each(early)("is withheld when it is written by %s, after a forgotten await", async (_, by) => {
    const { ask, events } = await serve(
      by(async () => {
        void getAccess();
        return SECRET;
      }),
    );
    const answer = await ask();
    expect([answer.status, (await answer.text()).includes(SECRET)]).toEqual([500, false]);
    expect(faultsIn(events)).toMatchObject([{ reason: "answer_withheld" }]);
  });

  it.each(early)("is whole when it is written by %s, after an await", async (_, by) => {
    const { ask, events } = await serve((request, response) => {
      response.setHeader("X-Own", "kept");
      by(slow)(request, response);
    });
    const answer = await ask();
    expect([answer.status, await answer.text(), answer.headers.get("x-own")]).toEqual([
      200,
      "true",
      "kept",
    ]);
    expect(faultsIn(events)).toEqual([]);
  });

  it("is cut off when its head was written before a forgotten await", async () => {
    const { ask } = await serve(async (_, response) => {
      response.writeHead(200).end(
        await (async () => {
          void getAccess();
          return SECRET;
        })(),
      );
    });
    await expect(ask().then((answer) => answer.text())).rejects.toThrow(/terminated|fetch failed/);
  });

  it("is whole when its head was written before the await", async () => {
    const { ask } = await serve(async (_, response) => {
      response.writeHead(201, { "Content-Length": 4 }).end(await slow());
    });
    const answer = await ask();
    expect([answer.status, await answer.text()]).toEqual([201, "true"]);
  });

  it("has its head at once when it is a stream whose head is flushed", async () => {
    const { ask } = await serve(async (_, response) => {
      await slow();
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.flushHeaders();
      setTimeout(() => response.end("data: done\n\n"), 10);
    });
    const answer = await ask();
    expect([answer.status, await answer.text()]).toEqual([200, "data: done\n\n"]);
  });

  it("has its head with its first byte when it is no stream, and is withheld", async () => {
    const { ask } = await serve((_, response) => {
      void getAccess();
      response.writeHead(200, { "Content-Type": "text/plain" });
      response.flushHeaders();
      response.end(SECRET);
    });
    expect((await ask()).status).toBe(500);
  });

  it("keeps a denial that a compressor behind the guard compresses, and withholds a success", async () => {
    const compress = compression({ threshold: 0 });
    const denied = JSON.stringify({ jsonrpc: "2.0", id: 1, result: { isError: true } });
    const answers: unknown[] = [];
    for (const text of [denied, SECRET]) {
      const { ask } = await serve((request, response) => {
        compress(request, response, () => {
          void getAccess();
          response.setHeader("Content-Type", "application/json");
          response.end(text);
        });
      });
      const answer = await ask();
      answers.push([answer.status, (await answer.text()).slice(0, 20)]);
    }
    expect(answers).toEqual([
      [200, denied.slice(0, 20)],
      [500, '{"error":"server_err'],
    ]);
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

  it("does not reach Node when it is a denial by another copy of the package", async () => {
    vi.resetModules();
    const copy = await import("../../src/index.js");
    expect(copy.getAccess).not.toBe(getAccess);
    expect(
      await unhandled(() => {
        void copy.getAccess().then((access) => access.require({ role: "admin" }));
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
