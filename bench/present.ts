import { IncomingMessage, ServerResponse, type RequestListener } from "node:http";
import { Socket } from "node:net";

/** How many requests are under way at once. */
const AT_ONCE = 16;

/**
 * Presents distinct tokens to an app without a network between, so that a million
 * of them take minutes: first the tokens, then forgeries of the first one, each
 * with a `jti` of its own. Stops when the time is over.
 */
export async function present(
  app: RequestListener,
  {
    tokens,
    forged,
    milliseconds,
  }: { tokens: readonly string[]; forged: number; milliseconds: number },
): Promise<{ presented: number; accepted: number }> {
  const [header, payload = "", signature] = (tokens[0] ?? "").split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
  const forge = (index: number): string => {
    const body = JSON.stringify({ ...claims, jti: `forged_${index}` });
    return `${header}.${Buffer.from(body).toString("base64url")}.${signature}`;
  };
  const end = performance.now() + milliseconds;
  const total = tokens.length + forged;
  let started = 0;
  let accepted = 0;
  const work = async (): Promise<void> => {
    while (started < total && performance.now() < end) {
      const index = started;
      started += 1;
      const status = await request(app, tokens[index] ?? forge(index));
      if (status === 200) accepted += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { presented: started, accepted };
}

/** Presents one token again and again; the CPU time it took, in microseconds a request, all threads. */
export async function repeat(
  app: RequestListener,
  { token, times }: { token: string; times: number },
): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < times; index += 1) await request(app, token);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

/** Clients keep their connections, so what is done once for each is not done at every request. */
const connection = new Socket();

/** One request as Node's HTTP server would hand it over; what is answered goes nowhere. */
function request(app: RequestListener, token: string): Promise<number> {
  const incoming = new IncomingMessage(connection);
  incoming.method = "POST";
  incoming.url = "/mcp";
  incoming.headers = { host: "mcp.example.com", authorization: `Bearer ${token}` };
  incoming.rawHeaders = ["Host", "mcp.example.com", "Authorization", `Bearer ${token}`];
  const response = new ServerResponse(incoming);
  return new Promise((resolve) => {
    response.end = (() => {
      resolve(response.statusCode);
      response.emit("close");
      return response;
    }) as typeof response.end;
    app(incoming, response);
  });
}
