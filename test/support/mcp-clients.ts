import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
  UnauthorizedError as UnauthorizedV2,
} from "@modelcontextprotocol/client";
import { UnauthorizedError as UnauthorizedV1 } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { HeadlessOAuthClient } from "./oauth-client.ts";

/** What a tool answered, as far as tests look at it. */
export interface ToolAnswer {
  readonly text: string;
  readonly isError: boolean;
  readonly meta: Readonly<Record<string, unknown>>;
}

/** A connected MCP client, whichever SDK it is made of. */
export interface ConnectedClient {
  readonly protocolVersion: string | undefined;
  readonly listTools: () => Promise<string[]>;
  /** The whole result of a list, as the client hands it out. */
  readonly list: (
    what: "tools" | "resources" | "resourceTemplates" | "prompts",
  ) => Promise<Record<string, unknown>>;
  /** The text of the tool's answer. */
  readonly callTool: (name: string, args?: Record<string, unknown>) => Promise<string>;
  /** The tool's answer, an error too. */
  readonly askTool: (name: string, args?: Record<string, unknown>) => Promise<ToolAnswer>;
  readonly readResource: (uri: string) => Promise<string>;
  readonly getPrompt: (name: string) => Promise<string>;
  /** Hands the answer of the last sign-in to the transport, as an application does after a redirect. */
  readonly finishSignIn: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What a test may set in the transport of either SDK. */
export interface ClientOptions {
  readonly fetch?: (url: string | URL, init?: RequestInit) => Promise<Response>;
}

export type Connect = (
  url: string,
  oauth: HeadlessOAuthClient,
  options?: ClientOptions,
) => Promise<ConnectedClient>;

/** The official clients, and the protocol revisions that each can speak. */
export const sdkClients: Readonly<
  Record<"sdk 1.x" | "client 2.x, 2025 era" | "client 2.x, 2026-07-28", Connect>
> = {
  "sdk 1.x": connectV1,
  "client 2.x, 2025 era": (url, oauth, options) => connectV2(url, oauth, "legacy", options),
  "client 2.x, 2026-07-28": (url, oauth, options) =>
    connectV2(url, oauth, { pin: "2026-07-28" }, options),
};

/** Tells whether the client stopped because a person has to sign in. */
export function needsSignIn(error: unknown): boolean {
  return error instanceof UnauthorizedV1 || error instanceof UnauthorizedV2;
}

/** Connects with `@modelcontextprotocol/sdk` 1.x, signing in when the server asks for it. */
async function connectV1(
  url: string,
  oauth: HeadlessOAuthClient,
  options: ClientOptions = {},
): Promise<ConnectedClient> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const client = new ClientV1({ name: "e2e", version: "1.0.0" });
    const transport = new TransportV1(new URL(url), { authProvider: oauth as never, ...options });
    const finishSignIn = (): Promise<void> =>
      transport.finishAuth(oauth.callback.searchParams.get("code") ?? "");
    try {
      await client.connect(transport);
      return connected(client, finishSignIn, () => transport.protocolVersion);
    } catch (error) {
      if (!(error instanceof UnauthorizedV1)) throw error;
      await finishSignIn();
    }
  }
  throw new Error("Still unauthorized after signing in");
}

/** Connects with `@modelcontextprotocol/client` 2.x in one of its protocol eras. */
async function connectV2(
  url: string,
  oauth: HeadlessOAuthClient,
  mode: "legacy" | { pin: string },
  options: ClientOptions = {},
): Promise<ConnectedClient> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const client = new ClientV2(
      { name: "e2e", version: "1.0.0" },
      { versionNegotiation: { mode } },
    );
    const transport = new TransportV2(new URL(url), { authProvider: oauth as never, ...options });
    const finishSignIn = (): Promise<void> => transport.finishAuth(oauth.callback.searchParams);
    try {
      await client.connect(transport);
      return connected(client, finishSignIn, () => client.getNegotiatedProtocolVersion());
    } catch (error) {
      if (!(error instanceof UnauthorizedV2)) throw error;
      await finishSignIn();
    }
  }
  throw new Error("Still unauthorized after signing in");
}

/** What both SDKs' clients have in common. */
interface AnyClient {
  listTools(): Promise<object>;
  listResources(): Promise<object>;
  listResourceTemplates(): Promise<object>;
  listPrompts(): Promise<object>;
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<object>;
  readResource(params: { uri: string }): Promise<object>;
  getPrompt(params: { name: string; arguments: Record<string, string> }): Promise<object>;
  close(): Promise<void>;
}

function connected(
  client: AnyClient,
  finishSignIn: () => Promise<void>,
  protocolVersion: () => string | undefined,
): ConnectedClient {
  const askTool: ConnectedClient["askTool"] = async (name, args = {}) => {
    const result = await client.callTool({ name, arguments: args });
    const { content, isError, _meta } = result as {
      content: { text?: string }[];
      isError?: boolean;
      _meta?: Record<string, unknown>;
    };
    return {
      text: content.map((part) => part.text ?? "").join(""),
      isError: isError === true,
      meta: _meta ?? {},
    };
  };
  const lists = {
    tools: () => client.listTools(),
    resources: () => client.listResources(),
    resourceTemplates: () => client.listResourceTemplates(),
    prompts: () => client.listPrompts(),
  };
  return {
    protocolVersion: protocolVersion(),
    listTools: async () => {
      const { tools } = (await client.listTools()) as { tools: { name: string }[] };
      return tools.map(({ name }) => name);
    },
    list: async (what) => ({ ...(await lists[what]()) }),
    callTool: async (name, args) => {
      const { text, isError } = await askTool(name, args);
      if (isError) throw new Error(text);
      return text;
    },
    askTool,
    readResource: async (uri) => {
      const { contents } = (await client.readResource({ uri })) as { contents: { text: string }[] };
      return contents.map(({ text }) => text).join("");
    },
    getPrompt: async (name) => {
      const { messages } = (await client.getPrompt({ name, arguments: {} })) as {
        messages: { content: { text: string } }[];
      };
      return messages.map(({ content }) => content.text).join("");
    },
    finishSignIn,
    close: () => client.close(),
  };
}
