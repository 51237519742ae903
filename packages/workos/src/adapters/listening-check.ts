import type { IncomingMessage } from "node:http";
import type { Settings } from "../configuration.js";
import { isLoopbackHost } from "../standards/url.js";
import type { Trail } from "../trail/event.js";

/**
 * Notices, at the first requests, whatever becomes of them, a server that is not where its configuration
 * says, so that clients are sent to the wrong place: another port on this machine
 * (xmcp takes the next free one in silence) or another endpoint.
 *
 * Says each once and changes nothing: where a request arrived never decides.
 */
export function createListeningCheck(
  { baseUrl, endpoint, resource }: Settings,
  trail: Trail,
): (request: IncomingMessage & { originalUrl?: string }) => void {
  const expectedPort = Number(baseUrl.port === "" ? 80 : baseUrl.port);
  const { pathname: expectedPath } = new URL(resource);
  const expectedPaths = new Set([endpoint, expectedPath].map(plain));
  let isPortSaid = !isLoopbackHost(baseUrl.hostname) || baseUrl.protocol !== "http:";
  let isPathSaid = false;

  return (request) => {
    const { localPort } = request.socket;
    if (!isPortSaid && localPort !== undefined && localPort !== expectedPort) {
      isPortSaid = true;
      trail({
        kind: "advice",
        code: "listening_elsewhere",
        detail:
          `this server listens on port ${localPort}, but baseURL says ${baseUrl.origin}: clients are sent there. ` +
          `Free port ${expectedPort} (xmcp moves to the next port when one is taken) or set http.port and BASE_URL alike`,
      });
    }
    // Nearly always, and then there is nothing to find out.
    if (isPathSaid || (request.originalUrl ?? request.url) === expectedPath) return;
    const path = plain((request.originalUrl ?? request.url ?? "").split("?", 1)[0] ?? "");
    if (isMcpCall(request) && !expectedPaths.has(path)) {
      isPathSaid = true;
      trail({
        kind: "advice",
        code: "endpoint_differs",
        detail:
          `MCP requests arrive on another path than ${endpoint}. If http.endpoint in xmcp.config.ts is not ` +
          `${endpoint}, give the same value to workosProvider({ endpoint }), or clients will refuse the metadata`,
      });
    }
  };
}

/** What every MCP client's POST has and a scanner's has not: it takes an event stream (Streamable HTTP). */
function isMcpCall({ method, headers }: IncomingMessage): boolean {
  return method === "POST" && headers.accept?.includes("text/event-stream") === true;
}

/** As Express compares paths: without regard to case and a trailing slash. */
function plain(path: string): string {
  return path.toLowerCase().replace(/\/+$/, "") || "/";
}
