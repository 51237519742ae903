import { env as processEnvironment } from "node:process";
import { EmulatorError } from "./emulator-error.js";
import { checkWebhooks, type WebhookEndpoint } from "./events/webhooks.js";
import { isLoopbackHost } from "./http/loopback.js";
import { defaultSeed } from "./seed/default-seed.js";
import { checkSeed } from "./seed/parse-seed.js";
import type { Features, Seed } from "./seed/seed.js";

export interface EmulatorOptions {
  /** What the environment starts with; {@link defaultSeed} when left out. */
  readonly seed?: Seed;
  /** When given, a server listens at once; 0 takes any free port. */
  readonly port?: number;
  /** The address to listen on, `127.0.0.1` when left out; another than loopback needs `allowNonLoopback`. */
  readonly host?: string;
  readonly allowNonLoopback?: boolean;
  /** An origin without a trailing slash; when left out, the address that the server listens on. */
  readonly issuer?: string;
  /** The dashboard's switches; they win over the seed's. */
  readonly features?: Partial<Features>;
  /** In seconds, 300 when left out. */
  readonly accessTokenLifetime?: number;
  /** In seconds, 30 days when left out; every use of a refresh token starts it anew. */
  readonly refreshTokenLifetime?: number;
  /** The clock, in milliseconds since the epoch. */
  readonly now?: () => number;
  /** Endpoints on this machine that every event is posted to, signed. */
  readonly webhooks?: readonly WebhookEndpoint[];
  /** Fetches client ID metadata documents; when left out, a transport that refuses private addresses. */
  readonly fetch?: typeof fetch;
  /** Also fetches client ID metadata documents over plain http from this machine, as AuthKit never does; false when left out. */
  readonly allowLoopbackMetadata?: boolean;
  /** The environment variables; `NODE_ENV=production` is refused. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Hears one line for each request; nothing when left out. */
  readonly log?: (line: string) => void;
}

/** The options after checking, with nothing left out that has a default. */
export interface EmulatorSettings {
  readonly seed: Seed;
  readonly host: string;
  readonly issuer: string | undefined;
  readonly features: Features;
  readonly accessTokenLifetime: number;
  readonly refreshTokenLifetime: number;
  readonly now: () => number;
  readonly log: (line: string) => void;
  readonly webhooks: readonly WebhookEndpoint[];
  readonly allowLoopbackMetadata: boolean;
}

/** Checks the options and fills in defaults; throws {@link EmulatorError} or SeedError. */
export function readOptions(options: EmulatorOptions): EmulatorSettings {
  const env = options.env ?? processEnvironment;
  if (env["NODE_ENV"] === "production") {
    throw new EmulatorError(
      "production",
      "The AuthKit emulator lets anybody sign in as anybody, so it does not run with NODE_ENV=production.",
    );
  }
  const host = options.host ?? "127.0.0.1";
  if (!isLoopbackHost(host) && options.allowNonLoopback !== true) {
    throw new EmulatorError(
      "not_loopback",
      `The AuthKit emulator listens on loopback only. To open it to the network, pass allowNonLoopback: true, or --allow-non-loopback on the command line.`,
    );
  }
  const { webhooks = [] } = options;
  checkWebhooks(webhooks);
  const seed = checkSeed(options.seed ?? defaultSeed);
  return {
    seed,
    host,
    issuer:
      options.issuer === undefined
        ? undefined
        : checkIssuer(options.issuer, options.allowNonLoopback === true),
    features: readFeatures(seed.features, options.features),
    accessTokenLifetime: checkLifetime("accessTokenLifetime", options.accessTokenLifetime ?? 300),
    refreshTokenLifetime: checkLifetime(
      "refreshTokenLifetime",
      options.refreshTokenLifetime ?? 30 * 24 * 60 * 60,
    ),
    now: options.now ?? Date.now,
    webhooks,
    allowLoopbackMetadata: options.allowLoopbackMetadata === true,
    log: options.log ?? ((): void => undefined),
  };
}

function readFeatures(seeded: Partial<Features> = {}, chosen: Partial<Features> = {}): Features {
  return {
    clientIdMetadataDocuments:
      chosen.clientIdMetadataDocuments ?? seeded.clientIdMetadataDocuments ?? true,
    dynamicClientRegistration:
      chosen.dynamicClientRegistration ?? seeded.dynamicClientRegistration ?? true,
    resourceIndicators: chosen.resourceIndicators ?? seeded.resourceIndicators ?? true,
    issuerParameter: chosen.issuerParameter ?? seeded.issuerParameter ?? false,
  };
}

// AuthKit's issuer is an origin: it has no path, and every comparison of issuers is of characters (RFC 8414 section 3.3).
function checkIssuer(issuer: string, allowNonLoopback: boolean): string {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  const isSecure = url?.protocol === "https:";
  const isLocal = url?.protocol === "http:" && (isLoopbackHost(url.hostname) || allowNonLoopback);
  if (url !== undefined && url.origin === issuer && (isSecure || isLocal)) return issuer;
  throw new EmulatorError(
    "invalid_option",
    "The issuer must be an https origin, or an http one on loopback, without a path or trailing slash.",
  );
}

function checkLifetime(name: string, seconds: number): number {
  if (Number.isInteger(seconds) && seconds > 0) return seconds;
  throw new EmulatorError("invalid_option", `${name} must be a whole number of seconds above 0.`);
}
