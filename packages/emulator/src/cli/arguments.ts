import { parseArgs } from "node:util";

/** What the command line asks for. */
export type CommandLine =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "wrong"; readonly message: string }
  | {
      readonly kind: "start";
      readonly port: number;
      readonly host: string | undefined;
      readonly allowNonLoopback: boolean;
      readonly issuer: string | undefined;
      readonly seedFile: string | undefined;
      readonly resources: readonly string[];
      readonly accessTokenLifetime: number | undefined;
      readonly withoutMetadataDocuments: boolean;
      readonly withoutRegistration: boolean;
      readonly withoutResourceIndicators: boolean;
      readonly withIssuerParameter: boolean;
    };

export const usage = `Usage: npx @xmcp-dev/authkit-emulator [options]

A local WorkOS AuthKit for development and tests. It signs anyone in as any user, without a password.

Options:
  --port <number>                    the port to listen on, 0 for any free one (4100)
  --host <address>                   the address to listen on (127.0.0.1)
  --allow-non-loopback               let --host and --issuer be another machine's, as for a container
  --issuer <origin>                  the issuer, where clients reach it under another name
  --seed <file>                      a .json, .yaml or .yml file with users, organizations, ...
  --resource <uri>                   register a resource indicator; may repeat, the first is the default
  --no-cimd                          switch client ID metadata documents off
  --no-dcr                           switch dynamic client registration off
  --no-resource-indicators           switch resource indicators off
  --iss                              send the iss parameter of RFC 9207, which AuthKit does not
  --access-token-lifetime <seconds>  how long access tokens live (300)
  --help                             print this
  --version                          print the version
`;

/** Reads the command line; checks numbers and names of options, opens no file. */
export function readArguments(argv: readonly string[]): CommandLine {
  const parsed = parse(argv);
  if (!parsed.ok) return { kind: "wrong", message: parsed.message };
  const { values } = parsed;
  if (values.help === true) return { kind: "help" };
  if (values.version === true) return { kind: "version" };
  const port = readWholeNumber(values.port ?? "4100");
  if (port === undefined || port > 65_535)
    return { kind: "wrong", message: "--port must be a number from 0 to 65535." };
  const lifetimeText = values["access-token-lifetime"];
  const accessTokenLifetime =
    lifetimeText === undefined ? undefined : readWholeNumber(lifetimeText);
  if (lifetimeText !== undefined && (accessTokenLifetime ?? 0) === 0) {
    return {
      kind: "wrong",
      message: "--access-token-lifetime must be a whole number of seconds above 0.",
    };
  }
  return {
    kind: "start",
    port,
    host: values.host,
    allowNonLoopback: values["allow-non-loopback"] === true,
    issuer: values.issuer,
    seedFile: values.seed,
    resources: values.resource ?? [],
    accessTokenLifetime,
    withoutMetadataDocuments: values["no-cimd"] === true,
    withoutRegistration: values["no-dcr"] === true,
    withoutResourceIndicators: values["no-resource-indicators"] === true,
    withIssuerParameter: values.iss === true,
  };
}

type Values = ReturnType<typeof parseValues>;

function parse(
  argv: readonly string[],
): { ok: true; values: Values } | { ok: false; message: string } {
  try {
    return { ok: true, values: parseValues(argv) };
  } catch (error) {
    return { ok: false, message: (error as Error).message };
  }
}

function parseValues(argv: readonly string[]): {
  readonly port?: string;
  readonly host?: string;
  readonly "allow-non-loopback"?: boolean;
  readonly issuer?: string;
  readonly seed?: string;
  readonly resource?: string[];
  readonly "no-cimd"?: boolean;
  readonly "no-dcr"?: boolean;
  readonly "no-resource-indicators"?: boolean;
  readonly iss?: boolean;
  readonly "access-token-lifetime"?: string;
  readonly help?: boolean;
  readonly version?: boolean;
} {
  const { values } = parseArgs({
    args: [...argv],
    strict: true,
    options: {
      port: { type: "string" },
      host: { type: "string" },
      "allow-non-loopback": { type: "boolean" },
      issuer: { type: "string" },
      seed: { type: "string" },
      resource: { type: "string", multiple: true },
      "no-cimd": { type: "boolean" },
      "no-dcr": { type: "boolean" },
      "no-resource-indicators": { type: "boolean" },
      iss: { type: "boolean" },
      "access-token-lifetime": { type: "string" },
      help: { type: "boolean" },
      version: { type: "boolean" },
    },
  });
  return values;
}

function readWholeNumber(text: string): number | undefined {
  return /^[0-9]{1,9}$/u.test(text) ? Number(text) : undefined;
}
