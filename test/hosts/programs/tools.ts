import {
  getAccess,
  getCaller,
  getSession,
  type AuthEvent,
  type WorkOSProviderConfig,
} from "@xmcp-dev/workos";

/** Every event of this server, oldest first. */
const events: AuthEvent[] = [];
/** What tools noted. */
const notes: string[] = [];

/** What every host is given: the options of the environment, and an observer whose events `/events` shows. */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
): WorkOSProviderConfig {
  return {
    ...(JSON.parse(env["MATRIX_CONFIG"] ?? "{}") as WorkOSProviderConfig),
    publicPaths: ["/events"],
    observers: [{ name: "matrix", onEvent: (event) => void events.push(event) }],
  };
}

/** What the code behind the guard was given. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  /** Names and values as they came, and every other form that the host has. */
  readonly headers: unknown;
  readonly text: string;
  readonly parsedBody: unknown;
  readonly authInfo: unknown;
}

/** Answers the two paths beside the endpoint: what happened, and what was seen of a request. */
export function answerPlain(path: string, see: () => Omit<Seen, "path">): string | undefined {
  if (path === "/events") return JSON.stringify({ events, notes, hasCaller: hasCaller() });
  if (path !== "/seen") return undefined;
  notes.push("seen");
  return JSON.stringify({ path, ...see() } satisfies Seen);
}

function hasCaller(): boolean {
  try {
    getCaller();
    return true;
  } catch {
    return false;
  }
}

/** The name of a tool, and what it does: each notes that it ran. */
export const tools = {
  whoami: async () => {
    const { kind, id, organizationId } = getCaller();
    return JSON.stringify({
      kind,
      id,
      organizationId,
      ...(kind === "user" ? { userId: getSession().userId } : {}),
    });
  },
  echo: async (args: unknown) => JSON.stringify(args),
  read: async () => "read done",
  purge: async () => "purge done",
  scoped: async () => "scoped done",
  organized: async () => "organized done",
  /** Forgets to wait for what it asked. */
  forgetful: async () => {
    void getAccess().then((access) => {
      access.require({ permissions: ["users:manage"] });
    });
    return "the secret";
  },
  /** Sends a notification, and goes on until its caller is gone, ten seconds at most. */
  slow: async (_args: unknown, notify: () => Promise<void>) => {
    await notify();
    for (let step = 0; step < 500 && hasCaller(); step += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    notes.push(hasCaller() ? "slow: a caller" : "slow: no caller");
    return "slow done";
  },
} as const satisfies Readonly<
  Record<string, (args: unknown, notify: () => Promise<void>) => Promise<string>>
>;

/** Runs a tool and notes that it ran. */
export function runTool(
  name: keyof typeof tools,
  args: unknown,
  notify: () => Promise<void>,
): Promise<string> {
  notes.push(name);
  return tools[name](args, notify);
}
