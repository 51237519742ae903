/** An HTTP answer that the guard gives itself. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Response headers a browser-based client must be able to read. */
const EXPOSED_HEADERS = ["WWW-Authenticate", "Mcp-Session-Id", "Retry-After"];

const OURS = EXPOSED_HEADERS.join(", ");

/** The Access-Control-Expose-Headers field: what the host exposes already, and what MCP clients need (RS-34). */
export function exposedHeaders(byHost: string | undefined): string {
  if (byHost === undefined) return OURS;
  const names = [...byHost.split(","), ...EXPOSED_HEADERS].map((name) => name.trim());
  const unique = new Map(names.filter(Boolean).map((name) => [name.toLowerCase(), name]));
  return [...unique.values()].join(", ");
}

/** Request headers of MCP clients, which a browser asks leave for (RS-34). */
const ALLOWED_HEADERS = [
  "authorization",
  "content-type",
  "last-event-id",
  "mcp-method",
  "mcp-name",
  "mcp-protocol-version",
  "mcp-session-id",
] as const;

/** Names of a preflight that are read. */
const MAX_REQUESTED_HEADERS = 100;

/** Makes an answer with a JSON body. */
export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Answer {
  return {
    status,
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}

/**
 * Answers a CORS preflight, which never carries credentials.
 *
 * Allows any origin: a bearer token is sent on purpose, never by the browser
 * itself, so there is no ambient authority to protect. Headers of the MCP
 * namespace are allowed as asked, since 2026-07-28 lets a tool define its own.
 *
 * @param requested the Access-Control-Request-Headers field.
 * @see Fetch §3.2
 */
export function preflight(requested: string | undefined, methods: string): Answer {
  const own = (requested ?? "")
    .toLowerCase()
    .split(",", MAX_REQUESTED_HEADERS)
    .map((name) => name.trim())
    .filter((name) => /^(x-)?mcp-[a-z0-9-]{1,64}$/.test(name));
  return {
    status: 204,
    headers: {
      "Access-Control-Allow-Origin": "*",
      "Access-Control-Allow-Methods": methods,
      "Access-Control-Allow-Headers": [...new Set([...ALLOWED_HEADERS, ...own])].join(", "),
      "Access-Control-Max-Age": "86400",
    },
    body: "",
  };
}
