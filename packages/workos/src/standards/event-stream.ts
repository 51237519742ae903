/** Rewrites an event stream as it passes: takes text, gives the text of the events that are complete. */
export interface EventStreamRewriter {
  readonly write: (text: string) => string;
  /** What is left when the stream ends; a reader drops an event that was not finished. */
  readonly end: () => string;
}

/** The end of a line and an empty line, each ended in any of the three ways; CR LF is one end and not two. */
const BOUNDARY = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)/;

/** The most characters of a boundary that is not complete. */
const SEAM = 2;

/**
 * Makes a rewriter for the data of the events in a stream.
 *
 * Event names, ids, retry times and comments pass unchanged, in their order; the data
 * becomes one line. An event whose data the function returns unchanged passes byte by byte.
 *
 * @see HTML Living Standard §9.2 (server-sent events)
 */
export function createEventStreamRewriter(rewrite: (data: string) => string): EventStreamRewriter {
  /** The event under way in pieces, but for its end, in which a boundary may have begun. */
  let pieces: string[] = [];
  let tail = "";

  const takeEvent = (end: string): string => {
    const event = pieces.join("") + end;
    pieces = [];
    tail = "";
    return event;
  };

  const rewriteEvent = (event: string): string => {
    const lines = event.split(/\r\n|\n|\r/);
    const isData = (line: string): boolean => line === "data" || line.startsWith("data:");
    const data = lines
      .filter(isData)
      .map((line) => line.slice("data:".length).replace(/^ /, ""))
      .join("\n");
    const rewritten = rewrite(data);
    if (data === "" || rewritten === data) return event;
    const others = lines.filter((line) => !isData(line));
    return [...others, ...rewritten.split("\n").map((line) => `data: ${line}`)].join("\n");
  };

  return {
    write: (text) => {
      // Each character is searched once, and again only at the seam of two writes.
      let rest = tail + text;
      let out = "";
      for (let found = BOUNDARY.exec(rest); found !== null; found = BOUNDARY.exec(rest)) {
        const [boundary] = found;
        out += rewriteEvent(takeEvent(rest.slice(0, found.index))) + boundary;
        rest = rest.slice(found.index + boundary.length);
      }
      pieces.push(rest.slice(0, -SEAM));
      tail = rest.slice(-SEAM);
      return out;
    },
    end: () => {
      const rest = takeEvent(tail);
      return rest === "" ? "" : rewriteEvent(rest);
    },
  };
}
