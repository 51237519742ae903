import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Problem } from "./snippets.ts";

/** The relative links, images and anchors of a page that lead nowhere. The web is not asked. */
export function brokenLinks(file: string): Problem[] {
  return prose(readFileSync(file, "utf8")).flatMap((text, index) =>
    linksIn(text).flatMap((link) => {
      const message = problemWith(file, link);
      return message === undefined ? [] : [{ line: index + 1, message }];
    }),
  );
}

/** The page's lines, blank where code stands. */
function prose(markdown: string): string[] {
  let fence: string | undefined;
  return markdown.split("\n").map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence) === true) fence = undefined;
      return "";
    }
    if (mark !== undefined) {
      fence = mark;
      return "";
    }
    return line.replaceAll(/(`+)(?!`).*?(?<!`)\1(?!`)/g, (code) => "`".repeat(code.length));
  });
}

function linksIn(line: string): string[] {
  const inline = /\]\(\s*<?([^\s)>]+)>?(?:\s+["'][^)]*)?\)/g;
  const definition = /^\s{0,3}\[[^\]]+\]:\s*<?([^\s>]+)>?/g;
  const html = /\s(?:src|href|srcset)=["']([^"']+)["']/g;
  return [inline, definition, html].flatMap((pattern) =>
    [...line.matchAll(pattern)].flatMap(([, link]) => (link === undefined ? [] : [link])),
  );
}

function problemWith(file: string, link: string): string | undefined {
  if (/^([a-z][a-z+.-]*:|\/\/)/i.test(link)) return undefined;
  const [path = "", anchor] = decodeURI(link).split("#");
  if (path.startsWith("/")) return `${link}: links within the repository are relative`;
  const target = path === "" ? file : resolve(dirname(file), path);
  if (!existsSync(target)) return `${link}: there is no such file`;
  if (anchor === undefined || anchor === "" || statSync(target).isDirectory()) return undefined;
  if (!target.endsWith(".md")) return undefined;
  return anchorsOf(target).has(anchor) ? undefined : `${link}: that page has no such heading`;
}

/** The anchors that GitHub gives to the headings of a page, and those set by hand. */
function anchorsOf(file: string): Set<string> {
  const markdown = readFileSync(file, "utf8");
  const anchors = new Set<string>();
  const prosaic = prose(markdown);
  const seen = new Map<string, number>();
  for (const [index, original] of markdown.split("\n").entries()) {
    if (prosaic[index] === "") continue;
    for (const [, id] of original.matchAll(/<[^>]+\s(?:id|name)=["']([^"']+)["']/g)) {
      if (id !== undefined) anchors.add(id);
    }
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(original)?.[1];
    if (heading === undefined) continue;
    const slug = slugOf(heading);
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    anchors.add(before === 0 ? slug : `${slug}-${before}`);
  }
  return anchors;
}

function slugOf(heading: string): string {
  return heading
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/<[^>]+>/g, "")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
    .replaceAll(" ", "-");
}
