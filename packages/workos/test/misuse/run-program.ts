import { expect, onTestFinished, vi } from "vitest";
import { ConfigurationError, workosProvider, type WorkOSMiddleware } from "../../src/index.js";
import { ACME, sendTo, workos } from "../access/serve-tools.js";
import { GOOD_CONFIG, startGuarded, withoutLink } from "../support/guarded-server.js";
import { CLIENT_ID, createHomeIssuer, RESOURCE } from "../support/issuer.js";
import { serveTools, type Tool } from "../support/mcp-server.js";

/** What a program exports: the guard of `src/middleware.ts`, and the tool of `src/tools/secrets.ts`. */
interface Program {
  readonly middleware?: WorkOSMiddleware;
  readonly default?: Tool;
}

/** What surrounds a program. */
export interface Scene {
  /** WorkOS answers 503. */
  readonly isOutage?: boolean;
  /** The token is for the whole environment, and this resource is a registered indicator. */
  readonly isEnvironmentToken?: boolean;
}

/** What came of a program: it did not start, or it answered a call. */
export type Run =
  | { readonly problems: readonly (readonly [path: string, message: string])[] }
  | { readonly throws: string }
  | {
      readonly status: number;
      /** The text of the tool's result, the message of an error, or the reason id of a refusal. */
      readonly answer: string;
      readonly isError: boolean;
      /** Lines of the console above the level info, each once. */
      readonly log: readonly string[];
    };

/** Loads a program as its server would, and calls its tool `secrets` twice: with nothing cached, and with all of it. */
export async function runProgram(
  path: string,
  isJson: boolean,
  { isOutage = false, isEnvironmentToken = false }: Scene = {},
): Promise<Run> {
  const issuer = createHomeIssuer();
  const lines = surround(issuer.fetch, isOutage);
  let program: Program;
  try {
    program = (await import(path)) as Program;
  } catch (error) {
    return error instanceof ConfigurationError
      ? { problems: error.problems.map(({ path, message }) => [path, message]) }
      : { throws: (error as Error).message };
  }
  const { middleware = workosProvider(), default: tool = () => "" } = program;
  onTestFinished(async () => middleware.close());
  const { ask } = await startGuarded({
    middleware,
    ...serveTools({ secrets: tool }, isJson),
  });
  const seconds = Math.floor(Date.now() / 1000);
  const token = issuer.sign({
    claims: {
      org_id: ACME,
      iat: seconds - 10,
      exp: seconds + 290,
      aud: isEnvironmentToken ? CLIENT_ID : RESOURCE,
    },
  });
  const body = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "secrets" } };
  const [first, second] = [await sendTo(ask, token, body), await sendTo(ask, token, body)];
  expect(second).toEqual(first);
  return { status: first.status, ...read(first.messages[0]), log: [...new Set(lines)] };
}

/** The process that a program finds: environment variables, network and console. */
function surround(fetchOfIssuer: typeof fetch, isOutage: boolean): readonly string[] {
  const real = globalThis.fetch;
  vi.stubGlobal("fetch", async (...[input, init]: Parameters<typeof fetch>) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.hostname === "127.0.0.1") return real(input, init);
    if (url.hostname !== "api.workos.com") return fetchOfIssuer(input, init);
    if (isOutage) return Response.json({ message: "down" }, { status: 503 });
    if (url.pathname === "/events") return Response.json({ ...INDICATORS, data: [] });
    return url.pathname.endsWith("/authkit_oauth_resources")
      ? Response.json(INDICATORS)
      : workos(url);
  });
  vi.stubGlobal("INJECTED_TOOLS", { "src/tools/secrets.ts": async () => ({ default: () => "" }) });
  for (const [name, value] of [
    ["WORKOS_API_KEY", GOOD_CONFIG.apiKey],
    ["WORKOS_CLIENT_ID", GOOD_CONFIG.clientId],
    ["WORKOS_AUTHKIT_DOMAIN", String(GOOD_CONFIG.authkitDomain)],
    ["BASE_URL", GOOD_CONFIG.baseURL],
  ] as const) {
    vi.stubEnv(name, value);
  }
  const lines: string[] = [];
  const write = (line: unknown): void => void lines.push(withoutLink(String(line)));
  vi.spyOn(console, "info").mockReturnValue();
  vi.spyOn(console, "warn").mockImplementation(write);
  vi.spyOn(console, "error").mockImplementation(write);
  onTestFinished(() => {
    vi.unstubAllGlobals();
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
  return lines;
}

const INDICATORS = {
  object: "list",
  data: [{ object: "authkit_oauth_resource", id: "authkit_oauth_resource_01", uri: RESOURCE }],
  list_metadata: { after: null },
};

interface Message {
  readonly result?: {
    readonly isError?: boolean;
    readonly content: readonly { readonly text: string }[];
  };
  readonly error?:
    | string
    | { readonly message: string; readonly data: { readonly reason: string } };
  readonly reason?: string;
}

function read(message: Message | undefined): {
  readonly answer: string;
  readonly isError: boolean;
} {
  const { result, error, reason } = message ?? {};
  if (result !== undefined) {
    return { answer: result.content[0]?.text ?? "", isError: result.isError === true };
  }
  const inError = typeof error === "object" ? error.data.reason : reason;
  return { answer: inError ?? "", isError: true };
}
