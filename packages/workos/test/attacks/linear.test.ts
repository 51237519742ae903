import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { isWorseThanLinear } from "../../../../test/linear/growth.js";
import { workosProvider, type WorkOSProviderConfig } from "../../src/index.js";
import { GOOD_CONFIG } from "../support/guarded-server.js";
import { createHomeIssuer, NOW } from "../support/issuer.js";

interface Hostile {
  readonly method?: string;
  readonly url?: string;
  readonly fields?: readonly (readonly [name: string, value: string])[];
}

const issuer = createHomeIssuer();
const TOKEN = issuer.sign();

/** Makes a call of the door with the request that a hostile caller writes, and without a connection. */
function door(config: WorkOSProviderConfig): (hostile: Hostile) => void {
  const middleware = workosProvider(
    { ...GOOD_CONFIG, log: false, ...config },
    { env: {}, fetch: issuer.fetch, now: () => NOW },
  );
  return ({ method = "POST", url = "/mcp", fields = [] }) => {
    const request = new IncomingMessage(new Socket());
    Object.assign(request, { method, url });
    request.rawHeaders = fields.flat();
    request.headers = Object.fromEntries(
      fields.map(([name, value]) => [name.toLowerCase(), value]),
    );
    void middleware(request, new ServerResponse(request), () => undefined);
  };
}

const field =
  (name: string, value: (length: number) => string, more: Hostile = {}) =>
  (length: number): Hostile => ({
    ...more,
    fields: [...(more.fields ?? []), [name, value(length)]],
  });

const PREFLIGHT: Hostile = {
  method: "OPTIONS",
  fields: [
    ["Origin", "https://app.example.com"],
    ["Access-Control-Request-Method", "POST"],
  ],
};

const HOSTILE: readonly (readonly [what: string, inputOf: (length: number) => Hostile])[] = [
  ["slashes and a letter", (n) => ({ url: `/mcp${"/".repeat(n)}x` })],
  ["slashes", (n) => ({ url: `/mcp${"/".repeat(n)}` })],
  ["dot segments", (n) => ({ url: `/mcp${"/..".repeat(n / 3)}` })],
  ["encoded slashes", (n) => ({ url: `/mcp${"%2f".repeat(n / 3)}` })],
  ["question marks", (n) => ({ url: `/mcp${"?".repeat(n)}` })],
  ["an absolute target", (n) => ({ url: `http:${"/".repeat(n)}` })],
  ["the scheme of a target", (n) => ({ url: `${"a".repeat(n)}/` })],
  ["organizations", (n) => ({ url: `/mcp${"/o/org_1".repeat(n / 8)}` })],
  ["spaces in Authorization", field("Authorization", (n) => `Bearer${" ".repeat(n)}\t`)],
  ["a token and spaces", field("Authorization", (n) => `Bearer x${" ".repeat(n)}x`)],
  ["equals signs in a token", field("Authorization", (n) => `Bearer x${"=".repeat(n)}x`)],
  ["dots in a token", field("Authorization", (n) => `Bearer ${".".repeat(n)}`)],
  ["a scheme", field("Authorization", (n) => "a".repeat(n))],
  [
    "many Authorization fields",
    (n) => ({
      fields: Array.from({ length: n / 8 }, () => ["Authorization", "x"] as const),
    }),
  ],
  [
    "many Host fields",
    (n) => ({
      fields: Array.from({ length: n / 8 }, () => ["Host", "x"] as const),
    }),
  ],
  ["dots in Host", field("Host", (n) => "a.".repeat(n / 2))],
  ["an Origin", field("Origin", (n) => `https://${"a.".repeat(n / 2)}`)],
  ["an Accept field", field("Accept", (n) => "text/event-strea,".repeat(n / 17))],
  ["a User-Agent", field("User-Agent", (n) => "\u0001".repeat(n))],
  ["addresses", field("X-Forwarded-For", (n) => "1.1.1.1, ".repeat(n / 9))],
  ["an address", field("X-Forwarded-For", (n) => "[".repeat(n))],
  ["an address and its port", field("X-Forwarded-For", (n) => `1.1.1.1:${"1".repeat(n)}`)],
  ["requested headers", field("Access-Control-Request-Headers", (n) => ",".repeat(n), PREFLIGHT)],
  [
    "requested headers of MCP",
    field(
      "Access-Control-Request-Headers",
      (n) => Array.from({ length: n / 12 }, (_, at) => `mcp-${at}`).join(","),
      PREFLIGHT,
    ),
  ],
];

const CONFIGS: readonly WorkOSProviderConfig[] = [
  { trustedProxyCount: 1 },
  { organizationInPath: true, allowedOrigins: ["https://app.example.com"] },
  { baseURL: "http://127.0.0.1:3001" },
];

describe.each(CONFIGS)("T-19: what a stranger sends to a server with %j", (config) => {
  const call = door(config);
  it.each(HOSTILE)("costs work in proportion to its length: %s", (_, inputOf) => {
    expect(isWorseThanLinear(call, inputOf, 6_000)).toBe(false);
  });
});

describe("T-19: what an authenticated caller sends", () => {
  it.each([
    ["X-MCP-", 6],
    ["X-Forwarded-", 6],
    ["Accept-", 6],
  ])("costs work in proportion to its fields, with %s", async (prefix, width) => {
    const call = door({});
    const inputOf = (count: number): Hostile => ({
      fields: [
        ["Authorization", `Bearer ${TOKEN}`],
        ...Array.from(
          { length: count },
          (_, at) => [`${prefix}${String(at).padStart(width, "0")}`, "x"] as const,
        ),
      ],
    });
    // The first call fetches the keys; what it decides is remembered.
    call(inputOf(1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isWorseThanLinear(call, inputOf, 500)).toBe(false);
  });
});
