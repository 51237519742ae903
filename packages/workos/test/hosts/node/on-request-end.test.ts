import { IncomingMessage, ServerResponse } from "node:http";
import { connect, Socket } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { watchRequestEnd } from "../../../src/hosts/node/on-request-end.js";
import { getSession } from "../../../src/index.js";
import { auditLogs } from "../../../src/audit-logs.js";
import { startGuarded } from "../../support/guarded-server.js";
import { createHomeIssuer } from "../../support/issuer.js";

function parties(socket = new Socket()): { request: IncomingMessage; response: ServerResponse } {
  const request = new IncomingMessage(socket);
  return { request, response: new ServerResponse(request) };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the end of a request", () => {
  it("is that of its response, or of its connection, and comes once, in order", () => {
    const socket = new Socket();
    const over: string[] = [];
    const all = ["first", "second"].map((name) => {
      const { request, response } = parties(socket);
      const endings = watchRequestEnd(request, response);
      endings.push(() => over.push(`${name} late`));
      endings.unshift(() => over.push(`${name} early`));
      return response;
    });
    all[0]?.emit("close");
    expect(over).toEqual(["first early", "first late"]);
    socket.emit("close");
    expect(over.slice(2)).toEqual(["second early", "second late"]);
    for (const response of all) response.emit("close");
    expect(over).toHaveLength(4);
    // One listener, however many requests a connection carries.
    expect(socket.listenerCount("close")).toBe(0);
  });

  it("has come when the client has left before", async () => {
    const { request, response } = parties();
    request.socket.destroy();
    let isOver = false;
    watchRequestEnd(request, response).push(() => {
      isOver = true;
    });
    await turn();
    expect(isOver).toBe(true);
  });

  it("T-02: is that of the connection for a pipelined call whose turn never came", async () => {
    const issuer = createHomeIssuer();
    const received: string[] = [];
    let late = "";
    const server = await startGuarded({
      issuer,
      config: { observers: [auditLogs({ maxPerSecond: 1_000 })] },
      fetch: async (input, init) => {
        const { pathname } = new URL(input instanceof Request ? input.url : input);
        if (pathname !== "/audit_logs/events") return issuer.fetch(input, init);
        const { event } = JSON.parse(init?.body as string) as {
          event: { targets: [{ id: string }]; metadata: { outcome: string } };
        };
        received.push(`${event.targets[0].id} ${event.metadata.outcome}`);
        return Response.json({ success: true }, { status: 201 });
      },
      before: (request, response) => {
        const name = String(request.headers["x-tool"]);
        const body = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name } };
        Object.assign(request, { body });
        // Node 22 does not destroy a response whose turn has not come with its connection; newer ones do.
        if (name === "queued") response.destroy = () => response;
        request.on("error", () => undefined);
      },
      handler: (request, response) => {
        if (request.headers["x-tool"] === "slow") {
          setTimeout(() => response.end(), 200);
          return;
        }
        setTimeout(() => {
          try {
            late = getSession().userId;
          } catch (error) {
            late = (error as { code: string }).code;
          }
        }, 200);
        response.end("{}");
      },
    });
    const token = issuer.sign({ claims: { org_id: "org_01ACME" } });
    const post = (name: string): string =>
      `POST /mcp HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nX-Tool: ${name}\r\nContent-Length: 0\r\n\r\n`;
    const socket = connect(server.port, "127.0.0.1");
    socket.write(post("slow") + post("queued"));
    await vi.waitFor(() => expect(server.reached.count).toBe(2));
    socket.destroy();
    await vi.waitFor(() => {
      expect(late).toBe("no_session");
      expect(received.toSorted()).toEqual(["queued client_left", "slow client_left"]);
    });
    expect((await server.middleware.health()).outbox?.waiting).toBe(0);
  });
});
