import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { AuthEvent, RuntimeOverrides, WorkOSProviderConfig } from "../../src/index.js";
import { workos } from "../access/serve-tools.js";
import { collect, GOOD_CONFIG } from "../support/guarded-server.js";
import { createHomeIssuer, NOW, type TestIssuer } from "../support/issuer.js";

/** What a guard of a test is made with, and what it reported. */
export interface GuardInputs {
  readonly issuer: TestIssuer;
  readonly events: AuthEvent[];
  readonly lines: string[];
  readonly config: WorkOSProviderConfig;
  readonly overrides: RuntimeOverrides;
}

/** Makes a configuration that is good, with an issuer and a WorkOS of the test's own. */
export function guardInputs(config: WorkOSProviderConfig = {}): GuardInputs {
  const issuer = createHomeIssuer();
  const events: AuthEvent[] = [];
  const lines: string[] = [];
  return {
    issuer,
    events,
    lines,
    config: {
      ...GOOD_CONFIG,
      log: { logger: collect(lines) },
      observers: [{ name: "events", onEvent: (one) => void events.push(one) }],
      ...config,
    },
    overrides: {
      env: {},
      now: () => NOW,
      exit: () => undefined,
      fetch: (input, init) => {
        const url = new URL(input instanceof Request ? input.url : String(input));
        return url.host === "api.workos.com"
          ? Promise.resolve(workos(url))
          : issuer.fetch(input, init);
      },
    },
  };
}

/** Listens on a free port of this machine until the test ends; returns the origin. */
export async function listenOn(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A request of an MCP client, its body as it is when it is a text. */
export function post(
  token: string | undefined,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): RequestInit {
  return {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}
