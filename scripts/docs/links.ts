import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { Problem } from "./snippets.ts";

/** Where the pages are, and the web address of that folder's repository, if it has one. */
export interface Site {
  readonly root: string;
  readonly repository: string | undefined;
}

/**
 * Lists the links, images and anchors of a page that lead nowhere: relative ones, and absolute ones into this repository.
 *
 * Does NOT ask the web.
 */
export function brokenLinks(site: Site, file: string): Problem[] {
  return prose(readFileSync(file, "utf8")).flatMap((text, index) =>
    linksIn(text).flatMap((link) => {
      const message = problemWith(site, file, link);
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

function problemWith(site: Site, file: string, link: string): string | undefined {
  const isOwn = site.repository !== undefined && link.startsWith(`${site.repository}/`);
  if (!isOwn && /^([a-z][a-z+.-]*:|\/\/)/i.test(link)) return undefined;
  const [path = "", anchor] = decodeURI(link).split("#");
  const own = isOwn ? /\/(?:blob|tree|raw)\/main\/(.+)$/.exec(path)?.[1] : undefined;
  if (isOwn && own === undefined) return undefined;
  if (path.startsWith("/")) return `${link}: links within the repository are relative`;
  const target =
    own === undefined ? (path === "" ? file : resolve(dirname(file), path)) : join(site.root, own);
  if (!isOwn && leavesPackage(site, file, target)) {
    const absolute = `${site.repository ?? ""}/blob/main/${toPath(site, target)}`;
    return `${link}: npm shows this page without the repository; link to ${absolute}`;
  }
  if (!existsSync(target)) return `${link}: there is no such file`;
  if (anchor === undefined || anchor === "" || statSync(target).isDirectory()) return undefined;
  if (!target.endsWith(".md")) return undefined;
  return anchorsOf(target).has(anchor) ? undefined : `${link}: that page has no such heading`;
}

function leavesPackage(site: Site, file: string, target: string): boolean {
  const home = /^packages\/[^/]+\//.exec(toPath(site, file))?.[0];
  return home !== undefined && !`${toPath(site, target)}/`.startsWith(home);
}

function toPath({ root }: Site, file: string): string {
  return relative(root, file).split(sep).join("/");
}

/** The anchors that GitHub gives to the headings of a page, and those set by hand. */
export function anchorsOf(file: string): Set<string> {
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
