import {
  startEmulator,
  defaultSeed,
  type Emulator,
  type EmulatorOptions,
  type Seed,
} from "@xmcp-dev/authkit-emulator";
import { buildApp, startApp, type AppFiles, type RunningApp } from "./app.ts";

/** A local AuthKit and a real xmcp app that trusts it. */
export interface Pair {
  readonly authkit: Emulator;
  readonly app: RunningApp;
  readonly stop: () => Promise<void>;
}

/** Where the client ID metadata document of the tests' own client lives; no such host exists. */
export const CLIENT_METADATA_URL = "https://client.example.com/oauth/client.json";

/** Starts both, with the app's endpoint as the resource indicator, as the dashboard would have it. */
export async function startPair(
  name: string,
  {
    example,
    files = {},
    seed = {},
    emulator = {},
  }: {
    /** The folder in examples/ that the app is made of; the quickstart when left out. */
    example?: string;
    files?: AppFiles;
    /** Laid over the default one; a function is told where the app will be. */
    seed?: Partial<Seed> | ((baseUrl: string) => Partial<Seed>);
    emulator?: EmulatorOptions;
  } = {},
): Promise<Pair> {
  const built = await buildApp(name, { files, ...(example !== undefined && { example }) });
  const authkit = await startEmulator({
    resource: `${built.baseUrl}/mcp`,
    seed: {
      ...defaultSeed,
      ...(typeof seed === "function" ? seed(built.baseUrl) : seed),
    },
    fetch: serveClientMetadata,
    ...emulator,
  });
  const app = await startApp(built, authkit.env);
  return {
    authkit,
    app,
    stop: async () => {
      await app.stop();
      await authkit.close();
    },
  };
}

/** Answers for the client's own web site, and for nothing else. */
export const serveClientMetadata: typeof fetch = (input) => {
  const url = input instanceof Request ? input.url : String(input);
  return Promise.resolve(
    url === CLIENT_METADATA_URL
      ? Response.json({
          client_id: CLIENT_METADATA_URL,
          client_name: "Headless test client",
          redirect_uris: ["http://127.0.0.1/callback"],
          grant_types: ["authorization_code", "refresh_token"],
          response_types: ["code"],
          token_endpoint_auth_method: "none",
        })
      : new Response("not found", { status: 404 }),
  );
};
