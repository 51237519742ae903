import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { collect, rawCall, startGuarded } from "../../support/guarded-server.js";

const METADATA = "/.well-known/oauth-protected-resource";

/** A server whose host changes each request before the guard sees it. */
async function behind(change: (request: IncomingMessage) => void): Promise<{
  readonly status: (token?: string) => Promise<number>;
  readonly sign: () => string;
  readonly lines: readonly string[];
}> {
  const lines: string[] = [];
  const log = { ...collect(lines), debug: (line: string) => lines.push(`debug ${line}`) };
  const server = await startGuarded({ config: { log: { logger: log } }, before: change });
  return {
    status: async (token) => (await server.ask(token)).status,
    sign: () => server.issuer.sign(),
    lines,
  };
}

/** As shims of serverless platforms make a request. */
function withoutRaw(request: IncomingMessage): void {
  // Node makes the parsed fields of the raw ones when they are first read.
  request.headers = { ...request.headers };
  request.rawHeaders = [];
}

describe("The Authorization field", () => {
  it.each<[string, (request: IncomingMessage) => void]>([
    ["without raw fields", withoutRaw],
    [
      "under another spelling of its name",
      (request) => {
        withoutRaw(request);
        const { authorization = "", ...rest } = request.headers;
        request.headers = { ...rest, Authorization: authorization };
      },
    ],
    [
      "in a list of one",
      (request) => {
        withoutRaw(request);
        Object.assign(request.headers, { authorization: [request.headers.authorization] });
      },
    ],
  ])("is read from a host %s", async (_, change) => {
    const { status, sign } = await behind(change);
    expect(await status(sign())).toBe(200);
  });

  it("is read where a middleware sets it", async () => {
    let token = "";
    const { status, sign } = await behind((request) => {
      request.headers.authorization = `Bearer ${token}`;
    });
    token = sign();
    expect(await status()).toBe(200);
  });

  it.each<[unknown, number, string]>([
    ["", 400, "credentials_malformed"],
    ["Basic x", 401, "scheme_unsupported"],
    [7, 401, "scheme_unsupported"],
    [["Bearer x", "Bearer y"], 400, "credentials_repeated"],
  ])("is refused with a log line when a middleware sets it to %j", async (value, code, reason) => {
    const { status, lines } = await behind((request) => {
      Object.assign(request.headers, { authorization: value });
    });
    expect(await status()).toBe(code);
    expect(lines.filter((line) => line.startsWith("warn") && line.includes(reason))).toHaveLength(
      1,
    );
  });
});

describe("A body that throws when it is read, as on Vercel when it is not JSON", () => {
  const vercel = (request: IncomingMessage): void => {
    Object.defineProperty(request, "body", {
      get: () => {
        throw new SyntaxError("Invalid JSON");
      },
    });
  };

  it.each([
    [{}],
    [{ access: { tools: { "*": "authenticated" } } } as const],
    [{ observers: [{ name: "idle", onEvent: () => undefined }] }],
  ])("is a 400 for an authenticated caller, with %j", async (config) => {
    const server = await startGuarded({ config, before: vercel });
    const answer = await server.ask(server.issuer.sign());
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      reason: "body_unreadable",
      error_description: "The request body is not JSON",
    });
    expect(server.reached.count).toBe(0);
    expect(server.lines.join("\n")).not.toContain("Fault");
  });

  it("is a 401 without a token, and changes no metadata document", async () => {
    const server = await startGuarded({ before: vercel });
    expect((await server.ask()).status).toBe(401);
    const answer = await rawCall(server.port, `GET ${METADATA}`);
    expect([answer.status, answer.body]).toEqual([
      200,
      '{"resource":"https://mcp.example.com/mcp","authorization_servers":["https://acme.authkit.app"],"bearer_methods_supported":["header"]}',
    ]);
    expect(server.lines.join("\n")).not.toContain("Fault");
  });

  it("is a 400 at the webhook, unless the host kept the bytes", async () => {
    const revocation = { webhook: { secret: "whsec_0123456789", path: "/webhooks/workos" } };
    const server = await startGuarded({ config: { revocation }, before: vercel });
    const headers = { "workos-signature": "t=1, v1=00" };
    const answer = await server.ask(undefined, { path: "/webhooks/workos", headers });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { error: "invalid_webhook", reason: "webhook_unreadable" },
    ]);
  });
});
