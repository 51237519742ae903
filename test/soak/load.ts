import { Agent, request } from "node:http";
import { modern } from "../support/rpc.ts";

/** What is asked of the server, and whether the answer is the one that was wanted. */
export interface Task {
  /** Groups requests in the figures. */
  readonly kind: string;
  readonly token: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the answer is as it should be. */
  readonly isWanted: (status: number, text: string) => boolean;
}

/** A call of a tool, or a list when no tool is named. */
export function asking(tool?: string): Pick<Task, "body" | "headers"> {
  const { body, headers } =
    tool === undefined
      ? modern("tools/list", {})
      : modern("tools/call", { name: tool, arguments: {} }, tool);
  return { body: JSON.stringify(body), headers };
}

/** An unwanted answer. */
export interface Surprise {
  readonly kind: string;
  readonly during: string;
  readonly status: number;
  readonly text: string;
}

/** Connections to one server that are kept open, and what came of the requests over them. */
export interface Line {
  readonly send: (task: Task) => Promise<void>;
  /** How many answers of each status, by kind. */
  readonly counts: Readonly<Record<string, Record<number, number>>>;
  readonly surprises: readonly Surprise[];
  readonly close: () => void;
}

/** Surprises that are kept with their text. */
const MOST = 20;

/** Opens so many connections at most; `during` says what is going on, for the surprises, which are told as they come. */
export function openLine(
  url: string,
  {
    connections,
    during,
    say,
  }: { connections: number; during: () => string; say: (line: string) => void },
): Line {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const counts: Record<string, Record<number, number>> = {};
  const surprises: Surprise[] = [];
  return {
    counts,
    surprises,
    async send({ kind, token, body, headers, isWanted }) {
      const { status, text } = await post(url, agent, token, body, headers);
      const own = (counts[kind] ??= {});
      own[status] = (own[status] ?? 0) + 1;
      if (!isWanted(status, text) && surprises.length < MOST) {
        const surprise = { kind, during: during(), status, text: text.slice(0, 300) };
        surprises.push(surprise);
        say(`${kind} got ${status} while ${surprise.during}: ${surprise.text}`);
      }
    },
    close: () => {
      agent.destroy();
    },
  };
}

/** Status 0 stands for a connection that broke. */
function post(
  url: string,
  agent: Agent,
  token: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve) => {
    const outgoing = request(
      url,
      {
        method: "POST",
        agent,
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          ...headers,
        },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.once("close", () => {
          resolve({ status: response.statusCode ?? 0, text });
        });
      },
    );
    outgoing.once("error", (error: NodeJS.ErrnoException) => {
      // A kept connection may be closed by the server in the very moment it is used again.
      if (outgoing.reusedSocket && error.code === "ECONNRESET") {
        resolve(post(url, agent, token, body, headers));
      } else resolve({ status: 0, text: String(error) });
    });
    outgoing.end(body);
  });
}
