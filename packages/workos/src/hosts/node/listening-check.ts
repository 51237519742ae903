import type { IncomingMessage } from "node:http";
import type { Settings } from "../../server/configuration.js";
import { isLoopbackHost, stripTrailingSlashes } from "../../standards/url.js";
import type { Trail } from "../../trail/event.js";
import type { Schedule } from "../../standards/schedule.js";
import { onListeningServer } from "./http-servers.js";
import { readPath } from "./read-request.js";

type Arrived = IncomingMessage & { originalUrl?: string };

/** Looks at requests for signs that the server is not where its configuration has it; never decides about them. */
export interface ListeningCheck {
  /** Takes every request, before it is judged. */
  readonly arrived: (request: Arrived) => void;
  /** Takes a request whose caller was authenticated. */
  readonly authenticated: (request: Arrived) => void;
}

/** A process may open several servers; so long after the first, in milliseconds, all of them are there. */
const ALL_LISTEN_AFTER = 2_000;

/**
 * Notices a server that is not where its configuration has it, so that clients are sent to the wrong place: another port
 * on this machine (xmcp takes the next free one in silence), as soon as it listens or else at its first request, or
 * another endpoint, at the first requests, whatever becomes of them.
 *
 * Reports each once, the endpoint once for strangers and once for authenticated callers, and changes nothing: where a
 * request arrived never decides.
 */
export function createListeningCheck(
  { baseUrl, endpoint, resource, organizationInPath }: Settings,
  trail: Trail,
  schedule: Schedule,
): ListeningCheck {
  const expectedPort = Number(baseUrl.port === "" ? 80 : baseUrl.port);
  const { pathname: expectedPath } = new URL(resource);
  const expectedPaths = new Set([endpoint, expectedPath].map(comparablePath));
  let isPortSaid = !isLoopbackHost(baseUrl.hostname) || baseUrl.protocol !== "http:";
  let hasCallers = false;
  /** By whether the caller was authenticated: what a stranger sends uses up nothing that a client's call would show. */
  const isPathSaid = { stranger: false, caller: false };

  const sayPort = (port: number): void => {
    if (isPortSaid) return;
    isPortSaid = true;
    trail({
      kind: "advice",
      code: "listening_elsewhere",
      detail:
        `this server listens on port ${port}, but baseURL says ${baseUrl.origin}: clients are sent there. ` +
        `Free port ${expectedPort} (xmcp moves to the next port when one is taken) or set http.port and BASE_URL alike`,
    });
  };
  if (!isPortSaid) {
    onceListening(schedule, (ports) => {
      const [first] = ports;
      if (first !== undefined && !ports.includes(expectedPort)) sayPort(first);
    });
  }

  const isExpected = (path: string): boolean =>
    expectedPaths.has(path) ||
    (organizationInPath && [...expectedPaths].some((one) => path.startsWith(`${one}/o/`)));

  const compare = (request: Arrived, from: "stranger" | "caller"): void => {
    // Nearly always, and then there is nothing to find out.
    if (isPathSaid[from] || (request.originalUrl ?? request.url) === expectedPath) return;
    if (!isMcpCall(request) || isExpected(comparablePath(readPath(request)))) return;
    isPathSaid[from] = true;
    trail({
      kind: "advice",
      code: "endpoint_differs",
      detail:
        `MCP requests ${from === "caller" ? "with a good token" : "without a token"} arrive on another path than ${endpoint}. ` +
        `If http.endpoint in xmcp.config.ts is not ${endpoint}, give the same value to workosProvider({ endpoint }), ` +
        "or clients will refuse the metadata",
    });
  };

  return {
    arrived(request) {
      const { localPort } = request.socket;
      if (localPort !== undefined && localPort !== expectedPort) sayPort(localPort);
      // Once clients get in, the metadata fits, and strangers try any path.
      const isStranger = request.headers.authorization === undefined;
      if (!hasCallers && isStranger) compare(request, "stranger");
    },
    authenticated(request) {
      hasCallers = true;
      compare(request, "caller");
    },
  };
}

/** Calls back once, soon after an HTTP server of this process began to listen, on which ports there is one. */
function onceListening(schedule: Schedule, tell: (ports: readonly number[]) => void): void {
  const ports: number[] = [];
  const stop = onListeningServer(({ address, isTls }) => {
    if (isTls || typeof address !== "object") return;
    ports.push(address.port);
    if (ports.length > 1) return;
    schedule(() => {
      stop();
      tell(ports);
    }, ALL_LISTEN_AFTER);
  });
}

/** What every MCP client's POST has and a scanner's has not: it takes an event stream (Streamable HTTP). */
function isMcpCall({ method, headers }: IncomingMessage): boolean {
  return method === "POST" && headers.accept?.includes("text/event-stream") === true;
}

/** A path as Express compares it: without regard to case and a trailing slash. */
function comparablePath(path: string): string {
  return stripTrailingSlashes(path.toLowerCase()) || "/";
}
