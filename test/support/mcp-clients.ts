import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
  UnauthorizedError as UnauthorizedV2,
} from "@modelcontextprotocol/client";
import { UnauthorizedError as UnauthorizedV1 } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { HeadlessOAuthClient } from "./oauth-client.ts";

/** A connected MCP client, whichever SDK it is made of. */
export interface ConnectedClient {
  readonly protocolVersion: string | undefined;
  readonly listTools: () => Promise<string[]>;
  /** The text of the tool's answer. */
  readonly callTool: (name: string, args?: Record<string, unknown>) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** The official clients, and the protocol revisions that each can speak. */
export const sdkClients = {
  "sdk 1.x": connectV1,
  "client 2.x, 2025 era": (url: string, oauth: HeadlessOAuthClient) =>
    connectV2(url, oauth, "legacy"),
  "client 2.x, 2026-07-28": (url: string, oauth: HeadlessOAuthClient) =>
    connectV2(url, oauth, { pin: "2026-07-28" }),
} as const;

/** Connects with `@modelcontextprotocol/sdk` 1.x, signing in when the server asks for it. */
async function connectV1(url: string, oauth: HeadlessOAuthClient): Promise<ConnectedClient> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const client = new ClientV1({ name: "e2e", version: "1.0.0" });
    const transport = new TransportV1(new URL(url), { authProvider: oauth as never });
    try {
      await client.connect(transport);
      return {
        protocolVersion: transport.protocolVersion,
        listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
        callTool: async (name, args = {}) =>
          textOf(await client.callTool({ name, arguments: args })),
        close: () => client.close(),
      };
    } catch (error) {
      if (!(error instanceof UnauthorizedV1)) throw error;
      await transport.finishAuth(oauth.callback.searchParams.get("code") ?? "");
    }
  }
  throw new Error("Still unauthorized after signing in");
}

/** Connects with `@modelcontextprotocol/client` 2.x in one of its protocol eras. */
async function connectV2(
  url: string,
  oauth: HeadlessOAuthClient,
  mode: "legacy" | { pin: string },
): Promise<ConnectedClient> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const client = new ClientV2(
      { name: "e2e", version: "1.0.0" },
      { versionNegotiation: { mode } },
    );
    const transport = new TransportV2(new URL(url), { authProvider: oauth as never });
    try {
      await client.connect(transport);
      return {
        protocolVersion: client.getNegotiatedProtocolVersion(),
        listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
        callTool: async (name, args = {}) =>
          textOf(await client.callTool({ name, arguments: args })),
        close: () => client.close(),
      };
    } catch (error) {
      if (!(error instanceof UnauthorizedV2)) throw error;
      await transport.finishAuth(oauth.callback.searchParams);
    }
  }
  throw new Error("Still unauthorized after signing in");
}

function textOf(result: unknown): string {
  const { content, isError } = result as {
    content: { type: string; text?: string }[];
    isError?: boolean;
  };
  const text = content.map((part) => part.text ?? "").join("");
  if (isError === true) throw new Error(text);
  return text;
}
