import { workosWorker, type Worker } from "@xmcp-dev/workos/workers";
import { getAccess, getSession, type WorkOSProviderConfig } from "@xmcp-dev/workos";
import { auditLogs } from "@xmcp-dev/workos/audit-logs";

/** The tests' own clock is ahead of the machine's by this many milliseconds. */
let ahead = 0;
let ran = 0;

const LIST = {
  jsonrpc: "2.0",
  id: 1,
  result: { tools: [{ name: "read" }, { name: "purge" }] },
};

const eventStream = (pull: (number: number) => Promise<string | undefined>): Response => {
  let number = 0;
  const body = new ReadableStream({
    async pull(controller) {
      number += 1;
      const text = await pull(number);
      if (text === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(text));
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
};

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

/** What is behind the guard, by the header field that a test sends. */
const answers: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
  session: async (request) =>
    Response.json({
      user: getSession().userId,
      authorization: request.headers.get("authorization"),
      body: await request.text(),
    }),
  list: () => Response.json(LIST),
  "streamed list": () =>
    eventStream(async (number) => (number === 1 ? `data: ${JSON.stringify(LIST)}\n\n` : undefined)),
  /** Never ends by itself. */
  stream: () =>
    eventStream(async (number) => {
      if (number > 1) await pause();
      return ": open\n\n";
    }),
  access: async () => Response.json((await getAccess()).permissions),
  "slow access": () =>
    eventStream(async (number) => {
      if (number > 1) await getAccess();
      return number > 2 ? undefined : ": open\n\n";
    }),
};

interface Env {
  readonly CONFIG?: string;
  readonly AUDITS?: string;
}

const guarded = workosWorker<Env>(
  {
    fetch(request) {
      ran += 1;
      return answers[request.headers.get("x-app") ?? "session"]?.(request) ?? new Response("none");
    },
  },
  (env) => ({
    ...(JSON.parse(env.CONFIG ?? "{}") as WorkOSProviderConfig),
    ...(env.AUDITS === undefined
      ? {}
      : { observers: [auditLogs(JSON.parse(env.AUDITS) as object)] }),
  }),
  { now: () => Date.now() + ahead },
);

/** Takes two questions of tests before the guard. */
export const worker: Worker<Env> = {
  async fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/ran") return Response.json(ran);
    if (pathname === "/ahead") {
      ahead += Number(searchParams.get("ms"));
      return Response.json(ahead);
    }
    return guarded.fetch(request, env, context);
  },
};
