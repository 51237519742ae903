import type { IncomingMessage } from "node:http";
import { WITHHELD } from "../../exchange/auth-info.js";
import { createFieldJudge, type Fate, type HeaderTrust } from "../withheld-fields.js";

/**
 * Makes what takes off a request that has been judged all that a tool could mistake for the caller's identity.
 *
 * Trailers are removed too. `headers`, `rawHeaders` and `headersDistinct` agree afterwards.
 */
export function createWithholding(trust: HeaderTrust): (request: IncomingMessage) => void {
  const fateOf = createFieldJudge(trust);

  return (request) => {
    const { headers } = request;
    for (const name of Object.keys(headers)) {
      // Deleting a member makes every later look at the object slower, so the usual one is written over.
      if (name !== "authorization" && fateOf(name) !== "kept") delete headers[name];
    }
    headers.authorization = WITHHELD;
    const isShorter = withholdRaw(request.rawHeaders, fateOf);
    // Node makes it of the raw fields on demand and by their first number, and keeps what an earlier middleware read.
    (request as { headersDistinct: unknown }).headersDistinct = isShorter
      ? toDistinct(request.rawHeaders)
      : null;
    dropTrailers(request);
  };
}

/** Takes fields out of a raw list, in place; returns whether there were any. */
function withholdRaw(raw: string[], fateOf: (name: string) => Fate): boolean {
  const { length } = raw;
  let kept = 0;
  for (let at = 0; at + 1 < length; at += 2) {
    const [name = "", value = ""] = [raw[at], raw[at + 1]];
    const fate = fateOf(name);
    if (fate === "removed") continue;
    raw[kept] = name;
    raw[kept + 1] = fate === "replaced" ? WITHHELD : value;
    kept += 2;
  }
  raw.length = kept;
  return kept < length;
}

function toDistinct(raw: readonly string[]): Record<string, string[]> {
  const distinct = Object.create(null) as Record<string, string[]>;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    (distinct[raw[at]?.toLowerCase() ?? ""] ??= []).push(raw[at + 1] ?? "");
  }
  return distinct;
}

/** Removes trailers, which MCP does not use and a recipient may discard (RFC 9110 §6.5.1): now, and when the body ends. */
function dropTrailers(request: IncomingMessage): void {
  const drop = (): void => {
    request.rawTrailers = [];
    Object.assign(request, { trailers: {}, trailersDistinct: {} });
  };
  if (request.complete) {
    if (request.rawTrailers.length > 0) drop();
    // Only a body in chunks has trailers (RFC 9112 §7.1.2).
  } else if (request.headers["transfer-encoding"] !== undefined) {
    request.prependOnceListener("end", drop);
  }
}
