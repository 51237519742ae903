import {
  ConfigurationError,
  findCaller,
  getUser,
  workosProvider,
  type Logger,
} from "@xmcp-dev/workos";

// #region options
workosProvider({
  authkitDomain: ["login.example.com", "yourcompany.authkit.app"],
  resourceName: "Acme Tools",
  docsURL: "https://acme.example/docs/mcp",
  endpoint: "/tools",
  audience: "resource",
  callers: ["user", "application"],
  allowedOrigins: ["https://app.example.com"],
  publicPaths: ["/status"],
});
// #endregion options

export const sink = (lines: { level: string; line: string }[]): void => {
  // #region log
  const logger: Logger = {
    info: (line) => lines.push({ level: "info", line }),
    warn: (line) => lines.push({ level: "warn", line }),
    error: (line) => lines.push({ level: "error", line }),
  };
  workosProvider({ log: { logger } });
  // #endregion log
};

export async function fresh(): Promise<string> {
  // #region fresh
  const user = await getUser({ fresh: true });
  // #endregion fresh
  return user.email;
}

export function problems(): readonly string[] {
  // #region problems
  try {
    workosProvider({ baseURL: "http://mcp.example.com" });
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map(({ path }) => path);
    throw error;
  }
  // #endregion problems
  return [];
}

// #region find-caller
/** Also called on stdio, where the person at the keyboard is the only caller. */
export function callerId(): string {
  return findCaller()?.id ?? "local";
}
// #endregion find-caller
