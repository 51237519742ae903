import type { WebhookEndpoint } from "../events/webhooks.js";
import type { Features, Seed } from "../seed/seed.js";

/** What `createEmulator()` takes. */
export interface EmulatorOptions {
  /**
   * The MCP servers that tokens may be for: registered as resource indicators, the first as the default one, which
   * `env.BASE_URL` is read from. Added to those of the seed.
   */
  readonly resource?: string | readonly string[];
  /** What the environment starts with; lists that are left out are empty. `defaultSeed` when left out. */
  readonly seed?: Partial<Seed>;
  /** An origin without a trailing slash; when left out, the address that the server listens on. */
  readonly issuer?: string;
  /** Lets `issuer` be plain http on another machine, and `host` another address than loopback. */
  readonly allowNonLoopback?: boolean;
  /** The dashboard's switches; they win over the seed's. */
  readonly features?: Partial<Features>;
  /** 300 when left out. */
  readonly accessTokenLifetimeSeconds?: number;
  /** 30 days when left out; every use of a refresh token starts it anew. */
  readonly refreshTokenLifetimeSeconds?: number;
  /** The clock, in milliseconds since the epoch; `advance()` moves what is read from it. */
  readonly now?: () => number;
  /** Endpoints on this machine that every event is posted to, signed. */
  readonly webhooks?: readonly WebhookEndpoint[];
  /** Fetches client ID metadata documents; when left out, a transport that refuses private addresses. */
  readonly fetch?: typeof fetch;
  /** Also fetches client ID metadata documents over plain http from this machine, as AuthKit never does. */
  readonly allowLoopbackMetadata?: boolean;
  /** The environment variables; `NODE_ENV=production` is refused. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Receives one line for each request; nothing is logged when left out. */
  readonly log?: (line: string) => void;
}

/** What `startEmulator()` takes. */
export interface StartOptions extends EmulatorOptions {
  /** Any free port when left out, and for 0. */
  readonly port?: number;
  /** The address to listen on, `127.0.0.1` when left out; another than loopback needs `allowNonLoopback`. */
  readonly host?: string;
}

/** The options after checking, with nothing left out that has a default. */
export interface EmulatorSettings {
  readonly seed: Seed;
  readonly baseUrl: string;
  readonly issuer: string | undefined;
  readonly features: Features;
  readonly accessTokenLifetime: number;
  readonly refreshTokenLifetime: number;
  readonly now: () => number;
  readonly log: (line: string) => void;
  readonly webhooks: readonly WebhookEndpoint[];
  readonly fetchDocument: typeof fetch | undefined;
  readonly allowLoopbackMetadata: boolean;
}

/** Where a server listens. */
export interface ListenSettings {
  readonly host: string;
  readonly port: number;
}
