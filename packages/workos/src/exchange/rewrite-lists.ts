import { rewriteList, type Shows } from "../access/filter-lists.js";
import { createEventStreamRewriter } from "../standards/event-stream.js";
import type { AnswerHead, BodyPipe, Host } from "./host.js";

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
  { head, requestPlainBody, rewriteBody }: Pick<Host, "head" | "requestPlainBody" | "rewriteBody">,
  shows: Shows,
  onUnreadable: (cause: string) => void,
): void {
  const restore = requestPlainBody();
  rewriteBody((hasBody) => {
    if (!hasBody) return undefined;
    restore();
    return choose(head, (text) => rewriteList(text, shows), onUnreadable);
  });
}

function choose(
  head: AnswerHead,
  rewrite: (text: string) => string | undefined,
  onUnreadable: (cause: string) => void,
): BodyPipe {
  if (!head.isSent) head.removeHeader("Content-Length");
  const type = (head.getHeader("content-type") ?? "").toLowerCase();
  const encoding = (head.getHeader("content-encoding") ?? "identity").toLowerCase();
  if (encoding !== "identity") {
    onUnreadable("it is encoded, although the guard asked for no encoding");
    return unreadable(head);
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
      return unreadable(head).end();
    },
  };
}

/** Replaces an answer that cannot be read by a 500. */
function unreadable(head: AnswerHead): BodyPipe {
  head.replaceBy500();
  return { write: () => "", end: () => UNREADABLE };
}

const UNREADABLE = JSON.stringify({
  error: "server_error",
  error_description: "The list could not be read, so it could not be filtered for you",
  reason: "list_unreadable",
});
