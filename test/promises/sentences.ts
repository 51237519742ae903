/** One sentence of a Markdown document, on one line and without emphasis and link targets. */
export interface Sentence {
  /** A cell of a table begins with the row's first cell and " | ", since it means little alone. */
  readonly text: string;
  readonly line: number;
}

interface Block {
  readonly line: number;
  readonly text: string;
}

const FENCE = /^\s*(`{3,}|~{3,})(.*)$/;
const RULER = /^\s*\|[\s:|-]+\|\s*$/;
const ITEM = /^\s*(?:[-*+]|\d+\.)\s+/;
const BEGINNING = /^\s*(?:#{1,6}\s+|>\s*)/;
/** A full stop ends a sentence before a blank and what begins a sentence; "e.g. X" does not. */
const END = /(?<=(?<!\b(?:e\.g|i\.e|cf|vs))[.!?][)"”]*)\s+(?=[A-Z`"“([\d])/;

/** Splits a Markdown document into the sentences of its prose, headings, list items and table cells. Code blocks are left out. */
export function sentencesIn(markdown: string): readonly Sentence[] {
  return blocksIn(markdown).flatMap(({ line, text }) => {
    const parts = text.trimStart().startsWith("|") ? cellsIn(text) : plain(text).split(END);
    return parts.filter((part) => part !== "").map((part) => ({ text: part, line }));
  });
}

/** Joins the lines of each paragraph, list item and table row. */
function blocksIn(markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  let fence: string | undefined;
  let isOpen = false;
  for (const [index, line] of withoutComments(markdown).split("\n").entries()) {
    const [, mark, info = ""] = FENCE.exec(line) ?? [];
    if (mark !== undefined && (fence === undefined || closes(fence, mark, info))) {
      fence = fence === undefined ? mark : undefined;
      isOpen = false;
      continue;
    }
    const isRow = line.trimStart().startsWith("|");
    if (fence !== undefined || line.trim() === "" || RULER.test(line)) {
      isOpen = false;
      continue;
    }
    const last = blocks.at(-1);
    if (isOpen && !isRow && !ITEM.test(line) && !BEGINNING.test(line) && last !== undefined) {
      blocks[blocks.length - 1] = { line: last.line, text: `${last.text} ${line.trim()}` };
    } else {
      blocks.push({ line: index + 1, text: line.replace(ITEM, "").replace(BEGINNING, "") });
    }
    isOpen = !isRow && !/^\s*#/.test(line);
  }
  return blocks;
}

/** Checks whether a fence ends the one that is open: at least as long, and with nothing behind it. */
function closes(open: string, mark: string, info: string): boolean {
  return mark.startsWith(open) && info.trim() === "";
}

/** Blanks comments out and keeps their line breaks. */
function withoutComments(markdown: string): string {
  return markdown.replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, ""));
}

function cellsIn(row: string): readonly string[] {
  const [first = "", ...cells] = row
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map(plain);
  return [
    ...first.split(END),
    ...cells
      .flatMap((cell) => cell.split(END))
      .filter(Boolean)
      .map((part) => (first === "" ? part : `${first} | ${part}`)),
  ];
}

function plain(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/<a id="[^"]*"><\/a>/g, "")
    .replace(/\*\*/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
