import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { createEventStreamRewriter } from "../../src/standards/event-stream.js";

const shout = (data: string): string => data.toUpperCase();

/** The data of every event that is complete, read as the standard says: line by line. */
function dataIn(stream: string): readonly string[] {
  const seen: string[] = [];
  let lines: string[] = [];
  for (const line of stream.split(/\r\n|\n|\r/).slice(0, -1)) {
    if (line.startsWith("data:")) lines.push(line.slice(5).replace(/^ /, ""));
    if (line !== "") continue;
    if (lines.length > 0) seen.push(lines.join("\n"));
    lines = [];
  }
  return seen;
}

function rewriteAll(chunks: readonly string[], rewrite = shout): string {
  const { write, end } = createEventStreamRewriter(rewrite);
  return chunks.map(write).join("") + end();
}

describe("createEventStreamRewriter", () => {
  it.each([
    ["one event", "data: a\n\n", "data: A\n\n"],
    ["no space after the colon", "data:a\n\n", "data: A\n\n"],
    [
      "names, ids and comments",
      ": hi\nevent: message\nid: 7\nretry: 5\ndata: a\n\n",
      ": hi\nevent: message\nid: 7\nretry: 5\ndata: A\n\n",
    ],
    [
      "carriage returns",
      "event: m\r\ndata: a\r\n\r\ndata: b\r\r",
      "event: m\ndata: A\r\n\r\ndata: B\r\r",
    ],
    ["LF and CR LF", "data: a\n\r\ndata: b\n\n", "data: A\n\r\ndata: B\n\n"],
    ["CR LF and LF", "data: a\r\n\ndata: b\n\n", "data: A\r\n\ndata: B\n\n"],
    ["CR LF and CR", "data: a\r\n\rdata: b\n\n", "data: A\r\n\rdata: B\n\n"],
    ["CR and CR LF", "data: a\r\r\ndata: b\n\n", "data: A\r\r\ndata: B\n\n"],
    ["LF and CR", "data: a\n\rdata: b\n\n", "data: A\n\rdata: B\n\n"],
    ["CR LF as one line end", "data: a\r\ndata: b\n\n", "data: A\ndata: B\n\n"],
    ["data of several lines", "data: a\ndata: b\n\n", "data: A\ndata: B\n\n"],
    ["several events", "data: a\n\ndata: b\n\n: c\n\n", "data: A\n\ndata: B\n\n: c\n\n"],
    ["an event without data", "event: ping\n\n", "event: ping\n\n"],
    ["an unfinished event", "data: a\n\ndata: b", "data: A\n\ndata: B"],
    ["a field that only begins like data", "database: a\n\n", "database: a\n\n"],
    ["data without a colon", "data\ndata: a\n\n", "data: \ndata: A\n\n"],
  ])("%s", (_, stream, expected) => {
    expect(rewriteAll([stream])).toBe(expected);
  });

  it.each([1, 7, 1_000])(
    "T-19: searches each character of a huge event at most three times, in writes of %i",
    (length) => {
      const stream = `data: ${"a\r".repeat(5_000)}\n\n`;
      const chunks = stream.match(new RegExp(`[^]{1,${length}}`, "g")) ?? [];
      let searched = 0;
      const exec: (this: RegExp, text: string) => RegExpExecArray | null = Reflect.get(
        RegExp.prototype,
        "exec",
      );
      const spy = vi.spyOn(RegExp.prototype, "exec").mockImplementation(function (
        this: RegExp,
        text,
      ) {
        // String.prototype.split() asks at one place at a time.
        searched += this.sticky ? 0 : text.length;
        return exec.call(this, text);
      });
      const { write } = createEventStreamRewriter((data) => data);
      for (const chunk of chunks) write(chunk);
      spy.mockRestore();
      expect(searched).toBeGreaterThanOrEqual(stream.length);
      expect(searched).toBeLessThanOrEqual(3 * stream.length);
    },
  );

  it("passes byte by byte what is not changed", () => {
    const stream = "data: A\r\ndata:  B\r\nid\r\n\r\n: x\n\n";
    expect(rewriteAll([stream], (data) => data)).toBe(stream);
  });

  it("says the same however the stream is cut, and of every event what it says of its data", () => {
    const piece = fc.constantFrom(
      "data: a",
      "data:b",
      "\n",
      "\n\n",
      "\r",
      "\r\n",
      "\n\r\n",
      "event: e\n",
      ": c\n",
      "data: é",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(40)), (pieces, cuts) => {
        const stream = pieces.join("");
        const chunks: string[] = [];
        let rest = stream;
        for (const cut of cuts) {
          chunks.push(rest.slice(0, cut));
          rest = rest.slice(cut);
        }
        expect(dataIn(rewriteAll([...chunks, rest]))).toEqual(dataIn(rewriteAll([stream])));
        expect(dataIn(rewriteAll([stream]))).toEqual(dataIn(stream).map(shout));
      }),
      { numRuns: 1_000 },
    );
  });
});
