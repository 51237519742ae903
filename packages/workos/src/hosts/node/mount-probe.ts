import { request as sendRequest, type IncomingMessage } from "node:http";
import { createEventStreamRewriter } from "../../standards/event-stream.js";
import type { ListeningServer } from "./http-servers.js";

/** The field that marks a probe; its value is known in this process only. */
export const PROBE_FIELD = "x-xmcp-workos-probe";

/** What came of one probe. */
export type ProbeResult =
  /** The guard refused it, in this process or in another that shares the port. */
  | { readonly kind: "guarded" }
  /** Something answered the call itself: callers need no token. */
  | { readonly kind: "unguarded"; readonly url: string }
  | { readonly kind: "unclear"; readonly why: string };

/** What a probe is sent to and with. */
export interface Probe {
  readonly server: ListeningServer;
  readonly path: string;
  /** The Host field, for routers that look at it. */
  readonly host: string;
  readonly nonce: string;
  /** The URL in the challenge of the guard that is looked for. */
  readonly resourceMetadata: string;
}

/** An answer to wait for at most, in milliseconds, and to read at most, in characters. */
const PROBE_TIMEOUT_MS = 5_000;
const MAX_ANSWER_LENGTH = 65_536;

/**
 * Sends a JSON-RPC `ping` without a token to a server of this process, and judges the answer.
 *
 * Only a JSON-RPC result for this very call counts as unguarded: a page, an error or another answer proves neither.
 * Never rejects.
 */
export async function probe({ server, ...call }: Probe): Promise<ProbeResult> {
  const { address } = server;
  if (server.isTls) return { kind: "unclear", why: "the server speaks TLS, or HTTP/2 alone" };
  if (address === undefined) return { kind: "unclear", why: "the server closed at once" };
  let problem: ProbeResult | undefined;
  for (const target of probeTargets(address)) {
    const result = await probeTarget(target, call);
    if (result.kind !== "unclear") return result;
    problem ??= result;
  }
  return problem ?? { kind: "unclear", why: "the server has no address" };
}

type Target = { readonly host: string; readonly port: number } | { readonly socketPath: string };

/** A server that listens on every interface is called on this machine's own. */
function probeTargets(address: NonNullable<ListeningServer["address"]>): readonly Target[] {
  if (typeof address === "string") return [{ socketPath: address }];
  const { host, port } = address;
  if (host === "0.0.0.0") return [{ host: "127.0.0.1", port }];
  if (host === "::") return ["::1", "127.0.0.1"].map((one) => ({ host: one, port }));
  return [{ host, port }];
}

function probeTarget(
  target: Target,
  { path, host, nonce, resourceMetadata }: Omit<Probe, "server">,
): Promise<ProbeResult> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: nonce, method: "ping" });
  const headers = {
    host,
    accept: "application/json, text/event-stream",
    "accept-encoding": "identity",
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    [PROBE_FIELD]: nonce,
  };
  const url = `${"host" in target ? `http://${bracketed(target.host)}:${target.port}` : target.socketPath}${path}`;
  return new Promise((resolve) => {
    const call = sendRequest(
      { ...target, path, method: "POST", headers, agent: false, timeout: PROBE_TIMEOUT_MS },
      (response) => {
        void judge(response, { nonce, resourceMetadata, url }).then((result) => {
          call.destroy();
          resolve(result);
        });
      },
    );
    // Neither a call nor its timer keeps a process alive.
    call.on("socket", (socket) => socket.unref());
    call.on("timeout", () => call.destroy(new Error(`no answer in ${PROBE_TIMEOUT_MS / 1000} s`)));
    call.on("error", (error: NodeJS.ErrnoException) => {
      resolve({
        kind: "unclear",
        why: `${url} could not be asked (${error.code ?? error.message})`,
      });
    });
    call.end(body);
  });
}

async function judge(
  response: IncomingMessage,
  { nonce, resourceMetadata, url }: { nonce: string; resourceMetadata: string; url: string },
): Promise<ProbeResult> {
  const { statusCode: status = 0, headers } = response;
  const challenge = headers["www-authenticate"] ?? "";
  if (status === 401 && challenge.includes(`resource_metadata="${resourceMetadata}"`)) {
    return { kind: "guarded" };
  }
  if (status >= 200 && status < 300 && (await hasResult(response, nonce))) {
    return { kind: "unguarded", url };
  }
  return { kind: "unclear", why: `something else answered ${url} with ${status}` };
}

/** Reads until the result of the call is there, in JSON or as a server-sent event, or the answer is over. */
async function hasResult(response: IncomingMessage, nonce: string): Promise<boolean> {
  let text = "";
  let isFound = false;
  const stream = createEventStreamRewriter((data) => {
    isFound ||= isResult(data, nonce);
    return data;
  });
  try {
    for await (const chunk of response.setEncoding("utf8") as AsyncIterable<string>) {
      text += chunk;
      stream.write(chunk);
      if (isFound) return true;
      if (text.length > MAX_ANSWER_LENGTH) return false;
    }
  } catch {
    // An answer that breaks off is judged by what came.
  }
  return isResult(text, nonce);
}

/** Returns whether a text is the result of the call, alone or in a batch. */
function isResult(text: string, nonce: string): boolean {
  if (!text.includes(nonce)) return false;
  try {
    const parsed: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    return [parsed].flat().some((message: unknown) => {
      if (typeof message !== "object" || message === null) return false;
      const { jsonrpc, id, result } = message as Record<string, unknown>;
      return jsonrpc === "2.0" && id === nonce && typeof result === "object" && result !== null;
    });
  } catch {
    return false;
  }
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
