import { env as processEnvironment } from "node:process";
import { EmulatorError, toSentences } from "../emulator-error.js";
import { isLoopbackHost } from "../http/loopback.js";
import {
  readObject,
  type FieldProblem,
  type FieldReader,
  type TextRule,
} from "../input/field-reader.js";
import { isPositiveInteger, isRecord } from "../input/values.js";
import { defaultSeed } from "../seed/default-seed.js";
import type { Features, Seed } from "../seed/seed.js";
import { findReferenceProblems } from "../seed/seed-references.js";
import { readFeatures, readSeed } from "../seed/seed-shape.js";
import { resourceRule, webhookSecretRule, webhookUrlRule } from "../seed/text-rule.js";
import type {
  EmulatorOptions,
  EmulatorSettings,
  ListenSettings,
  StartOptions,
} from "./emulator-options.js";
import { addResources, deriveBaseUrl } from "./resources.js";

/** Checks the options of `createEmulator()`. @throws {EmulatorError} with every problem at once. */
export function readOptions(options: EmulatorOptions): EmulatorSettings {
  return check(options, "createEmulator()", readSettings);
}

/** Checks the options of `startEmulator()`. @throws {EmulatorError} with every problem at once. */
export function readStartOptions(options: StartOptions): EmulatorSettings & ListenSettings {
  return check(options, "startEmulator()", (reader, problems) => {
    const host = reader.optionalText("host") ?? "127.0.0.1";
    const port = reader.optionalValue("port", isPort, "a whole number from 0 to 65535") ?? 0;
    const settings = readSettings(reader, problems);
    if (!isLoopbackHost(host) && !settings.allowNonLoopback)
      problems.push({ path: "host", message: NOT_LOOPBACK });
    return { ...settings, host, port };
  });
}

const NOT_LOOPBACK =
  "must be loopback. To open the emulator to the network, pass allowNonLoopback: true, or --allow-non-loopback on the command line.";

const ONLY_START = " startEmulator() listens; createEmulator() opens no port.";

function check<Settings extends EmulatorSettings>(
  options: EmulatorOptions,
  method: string,
  read: (reader: FieldReader, problems: FieldProblem[]) => Settings,
): Settings {
  refuseProduction(options);
  const problems: FieldProblem[] = [];
  const settings = readObject(
    options,
    { path: "", kind: `an option of ${method}`, problems },
    (reader) => read(reader, problems),
  );
  // References of a seed whose fields are wrong would only repeat the same mistakes.
  if (problems.length === 0) {
    for (const { path, message } of findReferenceProblems(settings.seed))
      problems.push({ path: `seed.${path}`, message });
  }
  if (problems.length === 0) return { ...settings, seed: freezeDeeply(settings.seed) };
  const sentences = toSentences(problems, `The argument of ${method}`);
  throw new EmulatorError(
    "invalid_options",
    sentences.map(({ path, message }) => ({
      path,
      message:
        method === "createEmulator()" && (path === "port" || path === "host")
          ? `${message}${ONLY_START}`
          : message,
    })),
  );
}

function refuseProduction(options: EmulatorOptions): void {
  const env = isRecord(options) && isRecord(options["env"]) ? options["env"] : processEnvironment;
  if (env["NODE_ENV"] !== "production") return;
  throw new EmulatorError("production", [
    {
      path: "env.NODE_ENV",
      message:
        "The AuthKit emulator signs anyone in as any user without a password, so it does not run with NODE_ENV=production.",
    },
  ]);
}

function readSettings(
  reader: FieldReader,
  problems: FieldProblem[],
): EmulatorSettings & { readonly allowNonLoopback: boolean } {
  const allowNonLoopback = reader.optionalFlag("allowNonLoopback") ?? false;
  const resources = readResource(reader, problems);
  const seed = addResources(
    reader.optionalItem("seed", readSeed) ?? copySeed(defaultSeed),
    resources,
  );
  const readSeconds = (name: string, most: number): number | undefined =>
    reader.optionalValue(
      name,
      (value): value is number => isPositiveInteger(value) && value <= most,
      `a whole number of seconds from 1 to ${most}: seconds, not milliseconds`,
    );
  reader.optionalValue("env", isRecord, "an object of environment variables");
  return {
    seed,
    allowNonLoopback,
    baseUrl: deriveBaseUrl(seed, resources[0]),
    issuer: reader.optionalText("issuer", issuerRule(allowNonLoopback)),
    features: chooseFeatures(seed.features, reader.optionalItem("features", readFeatures)),
    accessTokenLifetime: readSeconds("accessTokenLifetimeSeconds", DAY_SECONDS) ?? 300,
    refreshTokenLifetime:
      readSeconds("refreshTokenLifetimeSeconds", 365 * DAY_SECONDS) ?? 30 * DAY_SECONDS,
    now: reader.optionalValue("now", isClock, "a function") ?? Date.now,
    webhooks: reader.items("webhooks", (webhook) => {
      const events = webhook.optionalTexts("events");
      return {
        url: webhook.text("url", webhookUrlRule),
        secret: webhook.text("secret", webhookSecretRule),
        ...(events === undefined ? {} : { events }),
      };
    }),
    fetchDocument: reader.optionalValue("fetch", isFetch, "a function"),
    allowLoopbackMetadata: reader.optionalFlag("allowLoopbackMetadata") ?? false,
    log: reader.optionalValue("log", isLog, "a function") ?? ((): void => undefined),
  };
}

const DAY_SECONDS = 24 * 60 * 60;

/** Reads one resource indicator or a list of them. */
function readResource(reader: FieldReader, problems: FieldProblem[]): readonly string[] {
  const found = reader.optionalValue("resource", isTextOrTexts, "a URI or a list of URIs") ?? [];
  const uris = typeof found === "string" ? [found] : found;
  for (const [index, uri] of uris.entries()) {
    const path = typeof found === "string" ? "resource" : `resource[${index}]`;
    if (!resourceRule.matches(uri))
      problems.push({ path, message: `must be ${resourceRule.expected}` });
  }
  return uris.filter((uri) => resourceRule.matches(uri));
}

function chooseFeatures(seeded: Partial<Features> = {}, chosen: Partial<Features> = {}): Features {
  return {
    clientIdMetadataDocuments: true,
    dynamicClientRegistration: true,
    resourceIndicators: true,
    issuerParameter: false,
    ...seeded,
    ...chosen,
  };
}

// AuthKit's issuer is an origin: it has no path, and every comparison of issuers is of characters (RFC 8414 section 3.3).
function issuerRule(allowNonLoopback: boolean): TextRule {
  return {
    expected: "an https origin, or an http one on loopback, without a path or trailing slash",
    matches(issuer) {
      const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
      if (url?.origin !== issuer) return false;
      if (url.protocol === "https:") return true;
      return url.protocol === "http:" && (allowNonLoopback || isLoopbackHost(url.hostname));
    },
  };
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535;
}

// What a function takes and gives cannot be seen; that it is one can.
const isClock = (value: unknown): value is () => number => typeof value === "function";
const isFetch = (value: unknown): value is typeof fetch => typeof value === "function";
const isLog = (value: unknown): value is (line: string) => void => typeof value === "function";

function isTextOrTexts(value: unknown): value is string | readonly string[] {
  if (Array.isArray(value)) return value.every((item) => typeof item === "string");
  return typeof value === "string";
}

function copySeed(seed: Seed): Seed {
  return structuredClone(seed);
}

function freezeDeeply<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) freezeDeeply(member);
    Object.freeze(value);
  }
  return value;
}
