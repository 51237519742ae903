import type { RequestHandler } from "express";

/** What every target is told, and nothing else: whom to trust and who it is. */
export interface Setup {
  /** Issuer of the tokens, `http://127.0.0.1:<port>`. */
  readonly issuer: string;
  /** Where the issuer publishes its keys. */
  readonly jwksUrl: string;
  /** This server as tokens name it. */
  readonly resource: string;
  /** `resource` without its path. */
  readonly baseUrl: string;
  /** The environment's client ID. */
  readonly clientId: string;
  /** The folder of the plugin that xmcp ships, when one was given. */
  readonly pluginFolder: string | undefined;
}

/** Makes the one middleware that stands before `POST /mcp`. */
export type Create = (setup: Setup) => RequestHandler | Promise<RequestHandler>;
