import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { nameInXmcp } from "../../hosts/xmcp/registered-names.js";
import { readModuleExports, type ModuleExports } from "./module-exports.js";
import { readObjectLiteral, type Literal, type ObjectLiteral } from "./object-literal.js";
import { resourceUri } from "./resource-uri.js";
import { tokenize } from "./tokens.js";

/** What an xmcp project registers, by kind: the names of tools and prompts, the URIs and templates of resources. */
export interface ProjectNames {
  readonly tools: readonly string[];
  readonly prompts: readonly string[];
  readonly resources: readonly string[];
}

export type ProjectKind = keyof ProjectNames;

/** Folders that are given by hand, in the place of those that xmcp.config.ts names. */
export type ProjectFolders = { readonly [Kind in ProjectKind]?: string };

export type ReadProject =
  | { readonly kind: "read"; readonly names: ProjectNames }
  /** There is no xmcp.config.ts or xmcp.config.json. */
  | { readonly kind: "other-project" }
  | { readonly kind: "unreadable"; readonly problems: readonly string[] };

const KINDS = ["tools", "prompts", "resources"] as const;
const CONFIGS = ["xmcp.config.json", "xmcp.config.ts"];
/** More files are a folder that was not meant. */
const MAX_FILES = 5_000;
const WRITE_IT_OUT =
  'write metadata as an object literal with its name as a string: export const metadata = { name: "…" }';

/**
 * Reads from an xmcp project's source what xmcp will register, by xmcp's own rules and without running any of it.
 *
 * Does NOT know what a plugin or the project's own code registers beside the files of its folders.
 */
export function readXmcpProject(root: string, given: ProjectFolders = {}): ReadProject {
  const config = CONFIGS.find((file) => existsSync(join(root, file)));
  if (config === undefined && Object.keys(given).length === 0) return { kind: "other-project" };
  const problems: string[] = [];
  const configured = config === undefined ? {} : readPaths(root, config, given, problems);
  const read = (kind: ProjectKind): readonly string[] => {
    const folder = given[kind] ?? configured[kind] ?? `src/${kind}`;
    if (folder === false) return [];
    if (!existsSync(join(root, folder))) {
      if (given[kind] !== undefined) problems.push(`there is no folder ${folder}`);
      return [];
    }
    return listFiles(root, folder, problems).flatMap((file) =>
      readName(root, file, kind, problems),
    );
  };
  const [tools = [], prompts = [], resources = []] = KINDS.map(read);
  return problems.length > 0
    ? { kind: "unreadable", problems }
    : { kind: "read", names: { tools, prompts, resources } };
}

type Folders = { readonly [Kind in ProjectKind]?: string | false | undefined };

/** Reads `paths` of the configuration, but for those folders that are given by hand. */
function readPaths(
  root: string,
  config: string,
  given: ProjectFolders,
  problems: string[],
): Folders {
  const open = KINDS.filter((kind) => given[kind] === undefined);
  const unreadable = (what: string): Folders => {
    const flags = open.map((kind) => `--${kind}`).join(", ");
    problems.push(`${config}: ${what} cannot be read; name the folders with ${flags}`);
    return {};
  };
  if (open.length === 0) return {};
  if (!statSync(join(root, config)).isFile()) return unreadable("it");
  let isCertain = true;
  const tokens = tokenize(`(${readFileSync(join(root, config), "utf8")})`, () => {
    isCertain = false;
  });
  if (tokens === undefined || !isCertain) return unreadable("it");
  const at = tokens.findIndex(
    ({ text, kind }, index) =>
      text === "paths" && (kind === "word" || tokens[index + 1]?.text === ":"),
  );
  if (at === -1) return {};
  const paths = tokens[at + 1]?.text === ":" ? readObjectLiteral(tokens, at + 2) : undefined;
  if (paths === undefined || paths.isOpen) return unreadable("paths");
  const folderOf = (member: Literal | undefined): string | false | undefined => {
    if (member?.kind === "string") return member.value;
    return member?.kind === "boolean" && !member.value ? false : undefined;
  };
  const isComputed = open.some((kind) => paths.members.get(kind)?.kind === "computed");
  return isComputed
    ? unreadable("paths")
    : Object.fromEntries(KINDS.map((kind) => [kind, folderOf(paths.members.get(kind))]));
}

/** The TypeScript files below a folder as xmcp takes them: none that begins with a dot, nor in such a folder. */
function listFiles(root: string, folder: string, problems: string[]): readonly string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  if (entries.length > MAX_FILES) {
    problems.push(`${folder} has more than ${MAX_FILES} files`);
    return [];
  }
  const files: string[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const inside = relative(root, path).replaceAll("\\", "/");
    if (/(^|\/)\.(?!\.?\/)/.test(inside)) continue;
    const kind = entry.isSymbolicLink() ? statSync(path) : entry;
    if (entry.isSymbolicLink() && kind.isDirectory()) {
      problems.push(`${inside} is a link to a folder, which is not followed`);
    }
    if (!/\.tsx?$/.test(entry.name) || entry.isDirectory()) continue;
    if (kind.isFile()) files.push(inside);
    // Reading a pipe would wait for ever.
    else if (!kind.isDirectory()) problems.push(`${inside} is no file that can be read`);
  }
  return files.toSorted();
}

/** What xmcp registers for one file: one name, or nothing. */
function readName(
  root: string,
  file: string,
  kind: ProjectKind,
  problems: string[],
): readonly string[] {
  const read: ModuleExports = readModuleExports(
    readFileSync(join(root, file), "utf8"),
    file.endsWith(".tsx"),
  );
  const unreadable = (problem: string): readonly string[] => {
    problems.push(`${file}: ${problem}; ${WRITE_IT_OUT}`);
    return [];
  };
  if (read.kind === "unreadable") return unreadable(read.problem);
  if (!read.hasDefault) return [];
  const key = kind === "resources" ? "mimeType" : "name";
  const value = readText(read.metadata, key);
  if (value === COMPUTED) return unreadable(`the ${key} in its metadata cannot be read`);
  if (kind !== "resources") return [nameInXmcp(file, value)];
  const uri = resourceUri(file, value);
  // xmcp skips it, too.
  return uri === undefined ? [] : [uri];
}

const COMPUTED = Symbol("computed");

function readText(
  metadata: ObjectLiteral | undefined,
  key: string,
): string | undefined | typeof COMPUTED {
  const member = metadata?.members.get(key);
  if (member === undefined) return metadata?.isOpen === true ? COMPUTED : undefined;
  return member.kind === "string" ? member.value : COMPUTED;
}
