import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { fetchDocument } from "../../src/authkit/fetch-document.js";

const URL_OF = "https://acme.authkit.app/oauth2/jwks";

const answering =
  (response: () => Response): typeof globalThis.fetch =>
  async () =>
    response();

describe("fetchDocument", () => {
  it("gives the JSON and asks for it without following redirects", async () => {
    const asked: (RequestInit | undefined)[] = [];
    const fetch: typeof globalThis.fetch = async (_, init) => {
      asked.push(init);
      return Response.json({ keys: [] });
    };
    expect(await fetchDocument(URL_OF, fetch)).toEqual({ ok: true, document: { keys: [] } });
    expect(asked[0]).toMatchObject({ redirect: "manual", headers: { accept: "application/json" } });
  });

  it.each([204, 301, 302, 307, 400, 404, 429, 500, 503])("refuses status %d", async (status) => {
    const fetch = answering(() => new Response(null, { status }));
    expect(await fetchDocument(URL_OF, fetch)).toEqual({
      ok: false,
      problem: `answered with status ${status}`,
    });
  });

  it("puts together in their order the pieces that a document comes in", async () => {
    const pieces = ['{"keys"', ":[1,", "2,3]}"].map((piece) => new TextEncoder().encode(piece));
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = pieces.shift();
        if (piece === undefined) controller.close();
        else controller.enqueue(piece);
      },
    });
    expect(
      await fetchDocument(
        URL_OF,
        answering(() => new Response(body)),
      ),
    ).toEqual({ ok: true, document: { keys: [1, 2, 3] } });
  });

  it("refuses what a browser makes of a redirect", async () => {
    expect(
      await fetchDocument(
        URL_OF,
        answering(() => Response.error()),
      ),
    ).toEqual({
      ok: false,
      problem: "answered with status 0",
    });
  });

  it.each([
    ["HTML", "<html>canary</html>"],
    ["nothing", ""],
    ["half of an object", '{"keys":['],
    ["a number too many", "{} 1"],
    ["bytes that are no UTF-8", new Uint8Array([0xff, 0xfe, 0x00])],
  ])("refuses %s", async (_, body) => {
    const fetch = answering(
      () => new Response(body, { headers: { "content-type": "application/json" } }),
    );
    expect(await fetchDocument(URL_OF, fetch)).toEqual({
      ok: false,
      problem: "answered with something else than JSON",
    });
  });

  it("refuses an answer without a body", async () => {
    expect(
      await fetchDocument(
        URL_OF,
        answering(() => new Response(null, { status: 200 })),
      ),
    ).toEqual({
      ok: false,
      problem: "answered with something else than JSON",
    });
  });

  it("says of a failing network no more than that", async () => {
    const fetch: typeof globalThis.fetch = async () => {
      throw new TypeError("fetch failed: canary");
    };
    expect(await fetchDocument(URL_OF, fetch)).toEqual({ ok: false, problem: "cannot be reached" });
  });

  it("says the same of a body that breaks off", async () => {
    const body = new ReadableStream({
      pull(controller) {
        controller.error(new Error("canary"));
      },
    });
    expect(
      await fetchDocument(
        URL_OF,
        answering(() => new Response(body)),
      ),
    ).toEqual({
      ok: false,
      problem: "cannot be reached",
    });
  });

  it("stops reading at the bound, whatever the length header says", async () => {
    let sent = 0;
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          sent += 1;
          controller.enqueue(new Uint8Array(1000).fill(0x20));
        },
        cancel() {
          isCancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    const fetch = answering(() => new Response(body, { headers: { "content-length": "2" } }));
    expect(await fetchDocument(URL_OF, fetch, { timeoutMs: 1000, maxBytes: 2500 })).toEqual({
      ok: false,
      problem: "answered with over 2500 bytes",
    });
    expect(sent).toBe(3);
    expect(isCancelled).toBe(true);
  });

  it("takes a document of 256 KiB and not one byte more", async () => {
    const of = (bytes: number): typeof globalThis.fetch =>
      answering(() => new Response(`"${"a".repeat(bytes - 2)}"`));
    expect((await fetchDocument(URL_OF, of(262_144))).ok).toBe(true);
    expect(await fetchDocument(URL_OF, of(262_145))).toEqual({
      ok: false,
      problem: "answered with over 262144 bytes",
    });
  });

  it("reaches no second server by a redirect over real sockets", async () => {
    const paths: string[] = [];
    const server = createServer((request, response) => {
      paths.push(request.url ?? "");
      if (request.url === "/a") response.writeHead(302, { location: "/b" }).end();
      else response.end("{}");
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    expect(await fetchDocument(`http://127.0.0.1:${port}/a`, fetch)).toEqual({
      ok: false,
      problem: "answered with status 302",
    });
    expect(paths).toEqual(["/a"]);
  });
});

describe("in time", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("gives up after 2.5 seconds and aborts, even if fetch does not listen", async () => {
    let signal: AbortSignal | null | undefined;
    const fetch: typeof globalThis.fetch = (_, init) => {
      signal = init?.signal;
      return new Promise<Response>(() => {});
    };
    const result = fetchDocument(URL_OF, fetch);
    await vi.advanceTimersByTimeAsync(2499);
    expect(signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await result).toEqual({ ok: false, problem: "no answer within 2500 ms" });
    expect(signal?.aborted).toBe(true);
  });

  it("gives up on a body that trickles", async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        setInterval(() => {
          controller.enqueue(new Uint8Array([0x20]));
        }, 100);
      },
    });
    const result = fetchDocument(
      URL_OF,
      answering(() => new Response(body)),
    );
    await vi.advanceTimersByTimeAsync(2500);
    expect(await result).toEqual({ ok: false, problem: "no answer within 2500 ms" });
  });

  it("leaves no timer behind", async () => {
    await fetchDocument(
      URL_OF,
      answering(() => Response.json({})),
    );
    expect(vi.getTimerCount()).toBe(0);
  });
});
