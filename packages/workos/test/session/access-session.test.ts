import { EventEmitter } from "node:events";
import { describe, expect, it, vi } from "vitest";
import {
  findCaller,
  getAccess,
  getCaller,
  getClient,
  getSession,
  getUser,
  workosProvider,
} from "../../src/index.js";
import { GOOD_CONFIG, startGuarded } from "../support/guarded-server.js";
import { createTestIssuer } from "../support/issuer.js";

const codeOf = (call: () => unknown): string => {
  try {
    call();
    return "nothing thrown";
  } catch (error) {
    return (error as { code?: string }).code ?? "another error";
  }
};

/** A promise and what settles it. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

// Before any provider exists in this module: keep it first.
describe("without a provider", () => {
  it("RS-81: on stdio, where no middleware runs, no caller is known and every function throws", async () => {
    expect(() => getSession()).toThrow(
      "getSession() was called outside an authenticated request. Call it inside a tool, prompt or resource that is served over HTTP behind workosProvider(): is it the default export of src/middleware.ts, as it is? There is no session at module level and none on the stdio transport.",
    );
    await expect(getUser()).rejects.toThrow(
      "getUser() was called outside an authenticated request.",
    );
    expect(() => getClient()).toThrow(
      "getClient() was called before workosProvider(). Export workosProvider() from src/middleware.ts; on the stdio transport, which runs no middleware, make your own WorkOS client.",
    );
    expect([codeOf(getSession), codeOf(getClient)]).toEqual(["no_session", "no_provider"]);
  });

  it("findCaller() returns undefined: a process that serves stdio has no provider", () => {
    expect(findCaller()).toBeUndefined();
  });
});

describe("outside a request", () => {
  it("throws while the server answers others", async () => {
    const arrived = gate();
    const leave = gate();
    const server = await startGuarded({
      handler: (_, response) => {
        arrived.open();
        void leave.opened.then(() => response.end(getSession().userId));
      },
    });
    const answer = server.ask(server.issuer.sign());
    await arrived.opened;
    expect(codeOf(getSession)).toBe("no_session");
    leave.open();
    expect(await (await answer).text()).toBe("user_01ADA");
    expect(codeOf(getSession)).toBe("no_session");
  });

  it("findCaller() throws where a provider is and a request is not, so that no lost request passes for stdio", async () => {
    const server = await startGuarded({
      handler: (_, response) => {
        response.end(String(findCaller()?.id));
      },
    });
    expect(await (await server.ask(server.issuer.sign())).text()).toBe("user_01ADA");
    expect(codeOf(findCaller)).toBe("no_session");
  });

  it("every function about the caller throws in a request to a public path, which no token comes with", async () => {
    const server = await startGuarded({
      config: { publicPaths: ["/status"] },
      handler: (_, response) => {
        const codes = [findCaller, getCaller, getSession, getAccess].map(codeOf);
        try {
          getCaller();
        } catch (error) {
          response.end(JSON.stringify([codes, (error as Error).message, getClient().baseURL]));
        }
      },
    });
    expect(await (await server.ask(undefined, { path: "/status" })).json()).toEqual([
      ["no_session", "no_session", "no_session", "no_session"],
      "getCaller() was called in a request to one of publicPaths, whose caller is not authenticated. Take the path out of publicPaths, or do without the caller there.",
      "https://api.workos.com",
    ]);
  });

  it("getClient() gives the only provider's client", () => {
    workosProvider({ ...GOOD_CONFIG, log: false }, { env: {} });
    expect(getClient().baseURL).toBe("https://api.workos.com");
    // The same environment again replaces it, as a development server's reload does.
    workosProvider({ ...GOOD_CONFIG, log: false }, { env: {} });
    expect(getClient()).toBe(getClient());
  });
});

describe("inside a request", () => {
  it("getClient() and getUser() belong to the request's provider", async () => {
    const issuer = createTestIssuer();
    const asked: string[] = [];
    const server = await startGuarded({
      issuer,
      config: { clientId: "client_01OTHER" },
      fetch: async (input, init) => {
        const url = input instanceof Request ? input.url : String(input);
        if (!url.startsWith("https://api.workos.com/")) return issuer.fetch(input, init);
        asked.push(url);
        return Response.json({
          object: "user",
          id: "user_01ADA",
          email: "ada@example.com",
          metadata: {},
        });
      },
      handler: (_, response) => {
        void Promise.all([getUser(), getUser(), getUser({ fresh: true }), getUser({})]).then(
          (users) =>
            response.end(JSON.stringify([users.map(({ email }) => email), getClient().baseURL])),
        );
      },
    });
    const answer = await server.ask(issuer.sign());
    expect(await answer.json()).toEqual([
      ["ada@example.com", "ada@example.com", "ada@example.com", "ada@example.com"],
      "https://api.workos.com",
    ]);
    // One question for all who take what is there, and one for who wants it fresh.
    expect(asked).toEqual([
      "https://api.workos.com/user_management/users/user_01ADA",
      "https://api.workos.com/user_management/users/user_01ADA",
    ]);
  });

  it("and outside, several environments cannot be told apart", () => {
    workosProvider({ ...GOOD_CONFIG, clientId: "client_01THIRD", log: false }, { env: {} });
    expect(() => getClient()).toThrow(
      "getClient() was called outside a request while several WorkOS environments are configured, so it cannot tell which is meant. Call it inside a tool.",
    );
  });

  it("survives awaits, timers, event emitters and streams of the request", async () => {
    const server = await startGuarded({
      handler: (_, response) => {
        const seen: string[] = [];
        const emitter = new EventEmitter();
        emitter.on("later", () => seen.push(getSession().userId));
        void (async () => {
          await Promise.resolve();
          seen.push(getSession().userId);
          await new Promise((resolve) => {
            setTimeout(resolve, 1);
          });
          seen.push(getSession().userId);
          emitter.emit("later");
          queueMicrotask(() => {
            response.write(getSession().userId, () => {
              seen.push(getSession().userId);
              response.end(JSON.stringify(seen));
            });
          });
        })();
      },
    });
    const text = await (await server.ask(server.issuer.sign())).text();
    expect(text).toBe(`user_01ADA${JSON.stringify(Array.from({ length: 4 }, () => "user_01ADA"))}`);
  });

  it("ends with the response: what outlives it finds no session, neither its own nor the next one's", async () => {
    const seen: string[] = [];
    const ticked = gate();
    let isStarted = false;
    const server = await startGuarded({
      handler: (_, response) => {
        // As a module that is first imported inside the first request would.
        if (!isStarted) {
          isStarted = true;
          let ticks = 0;
          const timer = setInterval(() => {
            seen.push(
              codeOf(() => getSession()),
              codeOf(() => getClient()),
            );
            ticks += 1;
            if (ticks === 3) {
              clearInterval(timer);
              ticked.open();
            }
          }, 5);
          response.once("close", () => {
            seen.length = 0;
          });
        }
        response.end("done");
      },
    });
    const token = server.issuer.sign();
    await (await server.ask(token)).text();
    await (await server.ask(server.issuer.sign({ claims: { sub: "user_01BOB" } }))).text();
    await ticked.opened;
    // Several environments exist by now, so getClient() cannot choose one either.
    expect(new Set(seen)).toEqual(new Set(["no_session", "no_provider"]));
  });

  it("says what to do about a timer that outlived its request", async () => {
    const late = gate();
    let message = "";
    const server = await startGuarded({
      handler: (_, response) => {
        response.once("close", () => {
          setImmediate(() => {
            try {
              getSession();
            } catch (error) {
              message = (error as Error).message;
            }
            late.open();
          });
        });
        response.end();
      },
    });
    await server.ask(server.issuer.sign());
    await late.opened;
    expect(message).toBe(
      "getSession() was called after the response of its request had closed. A timer or queue that outlives its request has no session: read what you need before the tool returns and pass it along.",
    );
  });

  it("a queue that is drained in another request sees the drainer, or no caller, never who queued", async () => {
    const queue: (() => void)[] = [];
    const server = await startGuarded({
      handler: (request, response) => {
        if (request.url === "/queue") {
          queue.push(() => response.write(""));
          response.end("queued");
          return;
        }
        const [job] = queue;
        job?.();
        response.end(getSession().userId);
      },
    });
    await (await server.ask(server.issuer.sign(), { path: "/queue" })).text();
    const bob = server.issuer.sign({ claims: { sub: "user_01BOB" } });
    expect(await (await server.ask(bob, { path: "/drain" })).text()).toBe("user_01BOB");
  });

  it("is closed when the client goes away before the answer", async () => {
    const arrived = gate();
    const closed = gate();
    let code = "";
    const server = await startGuarded({
      handler: (_, response) => {
        arrived.open();
        response.once("close", () => {
          code = [getSession, findCaller, getAccess].map(codeOf).join(" ");
          closed.open();
        });
      },
    });
    const abort = new AbortController();
    const call = server.ask(server.issuer.sign(), { signal: abort.signal });
    await arrived.opened;
    abort.abort();
    await expect(call).rejects.toThrow("aborted");
    await closed.opened;
    expect(code).toBe("no_session no_session no_session");
  });
});

describe("two copies of the package, one bundled and one from node_modules", () => {
  it("share requests and providers", async () => {
    vi.resetModules();
    const copy = await import("../../src/index.js");
    expect(copy.getSession).not.toBe(getSession);
    const server = await startGuarded({
      handler: (_, response) => {
        response.end(`${getSession().userId} ${copy.getSession().userId}`);
      },
    });
    const answer = await server.ask(server.issuer.sign());
    expect(await answer.text()).toBe("user_01ADA user_01ADA");
    expect(codeOf(copy.getSession)).toBe("no_session");
  });
});
