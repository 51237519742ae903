import type { IncomingMessage, ServerResponse } from "node:http";
import { rewriteList, type Shows } from "../access/filter-lists.js";
import { createEventStreamRewriter } from "../standards/event-stream.js";
import { replaceBy500, rewriteBody, type BodyPipe } from "../hosts/node/rewrite-body.js";

/**
 * Filters the lists in whatever is written to a response from here on, JSON and event
 * streams alike; everything else passes as it is.
 *
 * JSON is held back until it is whole. What is behind the guard is asked for a body without encoding; a compressor
 * before the guard still reads what the client accepts. A body that is encoded all the same ends as a 500, as does
 * what begins as JSON and is none (in an event stream an event of no data): a list that cannot be filtered is not
 * shown. Does NOT look at other answers than those of the request it was made for.
 *
 * @param onUnreadable receives why a body could not be read, for the operator.
 */
export function filterAnswer(
  response: ServerResponse,
  shows: Shows,
  onUnreadable: (cause: string) => void,
): void {
  const restore = requestPlainBody(response.req);
  rewriteBody(response, (hasBody) => {
    if (!hasBody) return undefined;
    restore();
    return choose(response, (text) => rewriteList(text, shows), onUnreadable);
  });
}

/** Asks for a body without encoding, in place of what the client accepts; returns what undoes it. */
function requestPlainBody({ headers, rawHeaders }: IncomingMessage): () => void {
  const accepted = headers["accept-encoding"];
  const raw = [...rawHeaders];
  headers["accept-encoding"] = "identity";
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (raw[at]?.toLowerCase() === "accept-encoding") rawHeaders[at + 1] = "identity";
  }
  return () => {
    if (accepted === undefined) delete headers["accept-encoding"];
    else headers["accept-encoding"] = accepted;
    rawHeaders.splice(0, rawHeaders.length, ...raw);
  };
}

function choose(
  response: ServerResponse,
  rewrite: (text: string) => string | undefined,
  onUnreadable: (cause: string) => void,
): BodyPipe {
  response.removeHeader("Content-Length");
  const type = String(response.getHeader("content-type") ?? "").toLowerCase();
  const encoding = String(response.getHeader("content-encoding") ?? "identity").toLowerCase();
  if (encoding !== "identity") {
    onUnreadable("it is encoded, although the guard asked for no encoding");
    return unreadable(response);
  }
  const decoder = new TextDecoder();
  if (type.startsWith("text/event-stream")) {
    const rewriter = createEventStreamRewriter((data) => rewrite(data) ?? "");
    return {
      write: (bytes) => rewriter.write(decoder.decode(bytes, { stream: true })),
      end: () => rewriter.write(decoder.decode()) + rewriter.end(),
    };
  }
  let held = "";
  return {
    write: (bytes) => {
      held += decoder.decode(bytes, { stream: true });
      return "";
    },
    end: () => {
      const text = rewrite(held + decoder.decode());
      if (text !== undefined) return text;
      onUnreadable("it begins as JSON and is not, or is nested too deep");
      return unreadable(response).end();
    },
  };
}

/** Replaces an answer that cannot be read by a 500. */
function unreadable(response: ServerResponse): BodyPipe {
  replaceBy500(response);
  return { write: () => "", end: () => UNREADABLE };
}

const UNREADABLE = JSON.stringify({
  error: "server_error",
  error_description: "The list could not be read, so it could not be filtered for you",
  reason: "list_unreadable",
});
