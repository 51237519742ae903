import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { workosProvider, type AuthInfo } from "../../../src/index.js";
import { collect, GOOD_CONFIG, rawCall, startGuarded } from "../../support/guarded-server.js";
import { CLIENT_ID, createTestIssuer, NOW } from "../../support/issuer.js";

const FAULT =
  '{"error":"server_error","error_description":"The request could not be judged","reason":"internal_fault"}';

function provider(fetch?: typeof globalThis.fetch): {
  middleware: ReturnType<typeof workosProvider>;
  lines: string[];
} {
  const lines: string[] = [];
  const middleware = workosProvider(
    { ...GOOD_CONFIG, log: { logger: collect(lines) } },
    { env: {}, now: () => NOW, ...(fetch === undefined ? {} : { fetch }) },
  );
  return { middleware, lines };
}

/** A request and its response without a connection. */
function exchange(headers: readonly string[] = []): {
  request: IncomingMessage;
  response: ServerResponse;
} {
  const request = new IncomingMessage(new Socket());
  request.method = "POST";
  request.url = "/mcp";
  request.rawHeaders = [...headers];
  return { request, response: new ServerResponse(request) };
}

describe("workosProvider()", () => {
  it("is one plain function of three parameters, for xmcp drops everything else without a word", () => {
    const { middleware, lines } = provider();
    expect(typeof middleware).toBe("function");
    expect(middleware.length).toBe(3);
    expect(middleware.name).toBe("workosMiddleware");
    // Nothing has shown yet that requests reach it.
    expect(lines).toEqual([]);
  });

  it("sends no request before one comes", () => {
    const requests: unknown[] = [];
    provider(async (input) => {
      requests.push(input);
      return new Response();
    });
    expect(requests).toEqual([]);
  });

  it("says nothing when told to, and fails when the environment is empty", () => {
    expect(typeof workosProvider({ ...GOOD_CONFIG, log: false }, { env: {} })).toBe("function");
    expect(() => workosProvider(undefined, { env: {} })).toThrow("apiKey is missing");
  });
});

describe("a good request", () => {
  it("RS-43: shows tools who calls by the SDK's authInfo, without the token", async () => {
    let auth: AuthInfo | undefined;
    const server = await startGuarded({
      handler: (request, response) => {
        ({ auth } = request as typeof request & { auth?: AuthInfo });
        response.end();
      },
    });
    const token = server.issuer.sign({ claims: { org_id: "org_01ACME" } });
    await server.ask(token);
    expect(auth).toEqual({
      token: "[access token withheld by @xmcp-dev/workos]",
      clientId: "https://client.example.com/metadata.json",
      scopes: ["openid", "profile"],
      expiresAt: 1_768_478_690,
      resource: new URL("https://mcp.example.com/mcp"),
      extra: {
        caller: "user",
        userId: "user_01ADA",
        sessionId: "app_consent_01ADA",
        organizationId: "org_01ACME",
      },
    });
    expect(JSON.stringify(auth)).not.toContain(token);
  });

  it("T-02: says of each request which resource it addressed, and lets no tool change what the next is shown", async () => {
    const seen: AuthInfo[] = [];
    const server = await startGuarded({
      config: { organizationInPath: true },
      handler: (request, response) => {
        const { auth } = request as typeof request & { auth: AuthInfo };
        seen.push(auth);
        auth.resource.hash = "changed";
        response.end();
      },
    });
    const claims = { aud: CLIENT_ID, org_id: "org_01ACME" };
    const token = server.issuer.sign({ claims });
    for (const path of ["/mcp", "/mcp/o/org_01ACME", "/mcp/o/org_01ACME", "/mcp"]) {
      expect((await server.ask(token, { path })).status).toBe(200);
    }
    expect(seen.map(({ resource }) => resource.href)).toEqual([
      "https://mcp.example.com/mcp",
      "https://mcp.example.com/mcp/o/org_01ACME",
      "https://mcp.example.com/mcp/o/org_01ACME",
      "https://mcp.example.com/mcp",
    ]);
    for (const auth of seen) {
      expect(() => auth.scopes.push("admin")).toThrow(TypeError);
      expect(() => Object.assign(auth.extra, { userId: "user_01EVE" })).toThrow(TypeError);
      expect(() => Object.assign(auth, { clientId: "client_01EVE" })).toThrow(TypeError);
    }
  });

  it("RS-43: takes the credential off the request before anything behind the guard reads it", async () => {
    let seen = "";
    let before: unknown;
    const server = await startGuarded({
      // Node keeps what it made for the first caller.
      before: (request) => {
        before = request.headersDistinct["authorization"];
      },
      handler: (request, response) => {
        const { headers, rawHeaders, headersDistinct } = request;
        seen = JSON.stringify({ headers, rawHeaders, headersDistinct });
        response.end();
      },
    });
    const token = server.issuer.sign();
    await server.ask(token, { headers: { "x-before": "1", "x-after": "2" } });
    expect(before).toEqual([`Bearer ${token}`]);
    expect(seen).not.toContain(token);
    expect(seen).not.toContain("Bearer");
    // The other fields are where they were.
    expect(seen).toContain('"x-before":"1"');
    expect(seen).toContain('"x-after","2"');
  });

  it("says where it may be read from only to those who come from somewhere", async () => {
    const server = await startGuarded();
    const token = server.issuer.sign();
    const exposed = async (headers: Record<string, string>): Promise<string | null> =>
      (await server.ask(token, { headers })).headers.get("access-control-expose-headers");
    expect(await exposed({})).toBeNull();
    expect(await exposed({ origin: "https://app.example.com" })).toBe(
      "WWW-Authenticate, Mcp-Session-Id, Retry-After",
    );
  });

  it("has an empty client when the token names none", async () => {
    let auth: AuthInfo | undefined;
    const server = await startGuarded({
      handler: (request, response) => {
        ({ auth } = request as typeof request & { auth?: AuthInfo });
        response.end();
      },
    });
    await server.ask(server.issuer.sign({ claims: { client_id: undefined, scope: undefined } }));
    expect([auth?.clientId, auth?.scopes]).toEqual(["", []]);
  });

  it("is judged by where Express says it came from, not by what a router left of the path", async () => {
    const server = await startGuarded({
      before: (request) => {
        Object.assign(request, { originalUrl: request.url, url: "/" });
      },
    });
    const path = "/.well-known/oauth-protected-resource";
    expect((await server.ask(undefined, { method: "GET", path })).status).toBe(200);
    expect((await server.ask(undefined, { path: "/mcp" })).status).toBe(401);
  });
});

describe("HEAD", () => {
  it("has the head of a refusal and no body", async () => {
    const server = await startGuarded();
    const answer = await rawCall(server.port, "HEAD /mcp");
    expect(answer.status).toBe(401);
    expect(answer.head).toContain(
      'WWW-Authenticate: Bearer resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"',
    );
    expect(answer.body).toBe("");
  });
});

describe("a fault of ours", () => {
  it("is refused with a 500 that says nothing, and the log has the stack", async () => {
    const server = await startGuarded({
      before: (request) => {
        Object.defineProperty(request, "rawHeaders", {
          get: () => {
            throw new Error("planted");
          },
        });
      },
    });
    const answer = await server.ask(server.issuer.sign());
    expect(answer.status).toBe(500);
    expect(await answer.text()).toBe(FAULT);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(server.reached.count).toBe(0);
    expect(server.lines.at(-1)).toMatch(
      /^error \[workos\] Fault in @xmcp-dev\/workos, request refused with 500 internal_fault: Error: planted\n {4}at /,
    );
  });

  it("is refused, too, when what was thrown is no error, and is not quoted then", async () => {
    const server = await startGuarded({
      before: (request) => {
        Object.defineProperty(request, "rawHeaders", {
          get: () => {
            // oxlint-disable-next-line typescript/only-throw-error -- whatever a host may throw
            throw "canary";
          },
        });
      },
    });
    expect((await server.ask(server.issuer.sign())).status).toBe(500);
    expect(server.lines.at(-1)).toBe(
      "error [workos] Fault in @xmcp-dev/workos, request refused with 500 internal_fault: string",
    );
  });

  it("ends a response that had begun when what is behind the guard threw", async () => {
    const server = await startGuarded({
      handler: (_, response) => {
        response.write("half of ");
        throw new Error("planted");
      },
    });
    await expect(
      server.ask(server.issuer.sign()).then(async (answer) => answer.text()),
    ).rejects.toThrow(TypeError);
    expect(server.lines.at(-1)).toContain("Error: planted");
  });

  it("never lets the request through and never rejects, whatever the host hands over", async () => {
    const { middleware, lines } = provider();
    let reached = 0;
    const next = (): void => {
      reached += 1;
    };
    const { request, response } = exchange();
    const hosts: [unknown, unknown][] = [
      [undefined, undefined],
      [null, null],
      [{}, {}],
      [{ method: "POST", url: "/mcp", rawHeaders: [], headers: {} }, {}],
      [
        request,
        {
          setHeader: () => {
            throw new Error("closed");
          },
        },
      ],
      [new Request("https://mcp.example.com/mcp"), response],
    ];
    for (const [badRequest, badResponse] of hosts) {
      await expect(
        middleware(badRequest as IncomingMessage, badResponse as ServerResponse, next),
      ).resolves.toBeUndefined();
    }
    expect(reached).toBe(0);
    expect(lines.filter((line) => line.startsWith("error"))).toHaveLength(hosts.length);
  });

  it("never rejects when the log itself fails", async () => {
    const broken = (): never => {
      throw new Error("disk full");
    };
    const server = await startGuarded({
      config: { log: { logger: { info: broken, warn: broken, error: broken } } },
    });
    expect((await server.ask("garbage")).status).toBe(401);
    expect((await server.ask(server.issuer.sign())).status).toBe(200);
  });
});

describe("a host that calls it otherwise", () => {
  it.each([
    ["a Worker's context", { setAuth: () => {} }],
    ["nothing", undefined],
    ["an options object", {}],
  ])("gets a Response and no open door: %s", async (_, context) => {
    const { middleware, lines } = provider();
    const call = middleware as unknown as (request: Request, context: unknown) => Promise<Response>;
    const answer = await call(new Request("https://mcp.example.com/mcp"), context);
    expect(answer).toBeInstanceOf(Response);
    expect(answer.status).toBe(500);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.text()).toBe(FAULT);
    expect(lines.at(-1)).toBe(
      "error [workos] Fault in @xmcp-dev/workos, request refused with 500 internal_fault: called without next(): on node:http call the guard with (request, response, () => …); this host may have a subpath of its own",
    );
  });
});

describe("a client that goes away while its token is judged", () => {
  it("reaches nothing", async () => {
    const issuer = createTestIssuer();
    let letAnswer = (): void => {};
    issuer.answer = () =>
      new Promise((resolve) => {
        letAnswer = () => {
          resolve(Response.json({ keys: issuer.keys }));
        };
      });
    const { middleware } = provider(issuer.fetch);
    const { request, response } = exchange(["Authorization", `Bearer ${issuer.sign()}`]);
    let reached = 0;
    const handled = middleware(request, response, () => {
      reached += 1;
    });
    response.destroy();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    letAnswer();
    await handled;
    expect(response.closed).toBe(true);
    expect(reached).toBe(0);
  });
});
