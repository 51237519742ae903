import { defaultSeed, startEmulator, type Emulator } from "@xmcp-dev/authkit-emulator";
import type { AuthEvent, WorkOSProviderConfig } from "@xmcp-dev/workos";
import type { HostUnderTest } from "./hosts-under-test.ts";
import type { Seen } from "./programs/tools.ts";
import type { RunningHost } from "./running-host.ts";

export const ADA = "user_01K0ADA0000000000000000000";
export const GRACE = "user_01K0GRACE00000000000000000";
export const ALAN = "user_01K0A1AN000000000000000000";
export const ACME = "org_01K0ACME000000000000000000";
export const GLOBEX = "org_01K0G10BEX0000000000000000";
export const WEBHOOK_SECRET = "whsec_local_only";

/** Where clients are told that every server of the matrix is; the port that each has is another. */
export const BASE_URL = "http://127.0.0.1:3002";
export const RESOURCE = `${BASE_URL}/mcp`;
export const METADATA = `${BASE_URL}/.well-known/oauth-protected-resource/mcp`;

/** Of the server that most cases ask. */
const MAIN: WorkOSProviderConfig = {
  callers: ["user", "application", "api-key"],
  clockToleranceSeconds: 0,
  recordArguments: { echo: ["note"] },
  revocation: {
    pollSeconds: 1,
    webhook: { secret: WEBHOOK_SECRET, path: "/webhooks/workos" },
  },
  access: {
    tools: {
      whoami: "authenticated",
      echo: "authenticated",
      read: "authenticated",
      slow: "authenticated",
      forgetful: "authenticated",
      purge: { permissions: ["users:manage"] },
      scoped: { scopes: ["reports:write"] },
      organized: { organization: "required" },
    },
  },
};

/** One host with its servers, and the AuthKit that they trust. */
export interface World {
  readonly authkit: Emulator;
  /** Has an access map, lets every kind of caller in, and reads revocations. */
  readonly main: RunningHost;
  /** Has no access map, selects organizations in the URL, and trusts one proxy. */
  readonly open: RunningHost;
  /** A token of Grace, who is a member of Acme. */
  readonly grace: string;
  /** A token of Ada, who is an admin of Acme. */
  readonly ada: string;
  /** Starts one more server, for one case. */
  readonly start: (config: WorkOSProviderConfig) => Promise<RunningHost>;
  readonly close: () => Promise<void>;
}

export async function openWorld(host: HostUnderTest): Promise<World> {
  const authkit = await startEmulator({
    seed: {
      ...defaultSeed,
      resources: [
        { uri: RESOURCE, default: true },
        { uri: `${RESOURCE}/o/${ACME}` },
        { uri: `${RESOURCE}/o/${GLOBEX}` },
      ],
    },
  });
  const running: RunningHost[] = [];
  const start = async (config: WorkOSProviderConfig): Promise<RunningHost> => {
    const env = { ...authkit.env, BASE_URL, MATRIX_CONFIG: JSON.stringify(config) };
    const one = await host.start(env);
    running.push(one);
    return one;
  };
  const close = async (): Promise<void> => {
    await Promise.all(running.map((one) => one.stop()));
    await authkit.close();
  };
  try {
    const main = await start(MAIN);
    const open = await start({ organizationInPath: true, trustedProxyCount: 1 });
    const [grace, ada] = await Promise.all(
      [GRACE, ADA].map((as) => authkit.token({ as, organization: ACME, expiresInSeconds: 3600 })),
    );
    return { authkit, main, open, grace: grace ?? "", ada: ada ?? "", start, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A request to a host; what is left out is as an MCP client sends it. */
export interface Question {
  readonly token?: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?:
    | string
    | Uint8Array<ArrayBuffer>
    | ReadableStream<Uint8Array<ArrayBuffer>>
    | object;
}

/** An answer that has been read. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export async function ask(host: RunningHost, question: Question = {}): Promise<Reply> {
  const response = await send(host, question);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Sends a request and leaves the answer's body unread. */
export function send(
  { origin }: RunningHost,
  { token, method = "POST", path = "/mcp", headers = {}, body }: Question,
  signal?: AbortSignal,
): Promise<Response> {
  const isRaw =
    typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
  const init: RequestInit & { readonly duplex?: "half" } = {
    method,
    redirect: "manual",
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      accept: "application/json, text/event-stream",
      ...headers,
    },
    ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
    ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
    ...(signal === undefined ? {} : { signal }),
  };
  return fetchAgain(() => fetch(`${origin}${path}`, init));
}

/**
 * A server that refuses a request closes before it has read the whole body, and the reset that follows may overtake its
 * answer: then it is asked again.
 */
async function fetchAgain(ask: () => Promise<Response>, attempts = 5): Promise<Response> {
  try {
    return await ask();
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { readonly code?: string };
    if (code !== "ECONNRESET" || attempts === 1) throw error;
    return fetchAgain(ask, attempts - 1);
  }
}

/** One JSON-RPC call of a tool. */
export const call = (name: string, args: object = {}): object => ({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name, arguments: args },
});

/** What a server shows of itself. */
export interface Shown {
  readonly events: readonly AuthEvent[];
  readonly notes: readonly string[];
  readonly hasCaller: boolean;
}

export async function show(host: RunningHost): Promise<Shown> {
  const { text } = await ask(host, { method: "GET", path: "/events" });
  return JSON.parse(text) as Shown;
}

/** Returns what tools noted while something was done. */
export async function notesDuring(
  host: RunningHost,
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  const { notes } = await show(host);
  await work();
  return (await show(host)).notes.slice(notes.length);
}

/** Returns the events that were reported while something was done, but for calls of WorkOS, which has events to read. */
export async function eventsDuring(
  host: RunningHost,
  work: () => Promise<unknown>,
): Promise<readonly AuthEvent[]> {
  const { events } = await show(host);
  await work();
  const after = await show(host);
  return after.events.slice(events.length).filter(({ kind }) => kind !== "api_call");
}

/** What the code behind the guard sees of a request to a path of its own. */
export async function seenBehind(host: RunningHost, question: Question): Promise<Seen> {
  const { status, text } = await ask(host, { ...question, path: "/seen" });
  if (status !== 200) throw new Error(`${status} ${text}`);
  return JSON.parse(text) as Seen;
}
