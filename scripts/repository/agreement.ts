import { globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { readRepositoryUrl, toWebAddress } from "./address.ts";

const Manifest = z.object({
  private: z.boolean().optional(),
  repository: z.object({ url: z.string() }).optional().catch(undefined),
});

const PAGES = [
  "*.md",
  ".{changeset,devcontainer,github}/**/*.{json,md,yml}",
  "{bench,docs}/**/*.md",
  "{examples,packages}/*/*.md",
  "packages/*/src/**/*.ts",
];

/** A file that names the repository differently from the root's package.json. */
interface Disagreement {
  readonly file: string;
  readonly message: string;
}

/**
 * Lists the files below `root` that name another repository; with `write` it corrects them.
 *
 * Does NOT see a link to a repository of another name: that is a link to another project.
 *
 * @throws Error when the root's package.json names no repository.
 */
export function findDisagreements(
  root: string,
  { write }: { readonly write: boolean },
): readonly Disagreement[] {
  const url = readRepositoryUrl(root);
  if (url === undefined) {
    throw new Error(
      'package.json needs "repository": { "type": "git", "url": "git+https://github.com/<owner>/<name>.git" }',
    );
  }
  const manifests = globSync("packages/*/package.json", { cwd: root })
    .toSorted()
    .map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }))
    .filter(({ text }) => Manifest.parse(JSON.parse(text)).private !== true);
  const urls = manifests.map(
    ({ text }) => toWebAddress(Manifest.parse(JSON.parse(text)).repository?.url ?? "") ?? url,
  );
  const own = toPattern([url, ...urls]);

  const changes = [
    ...manifests.map(({ file, text }) => {
      // Not what the schema makes of it, to keep the order of keys.
      const manifest = JSON.parse(text) as object;
      const expected = { ...manifest, ...describe(url, dirname(file)) };
      const isRight = isDeepStrictEqual(manifest, expected);
      return { file, text, expected: isRight ? text : `${JSON.stringify(expected, null, 2)}\n` };
    }),
    ...globSync(PAGES, { cwd: root, exclude: ["**/node_modules/**"] })
      .toSorted()
      .map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }))
      .map(({ file, text }) => ({ file, text, expected: text.replaceAll(own, url) })),
  ].filter(({ text, expected }) => text !== expected);

  return changes.map(({ file, text, expected }) => {
    if (write) writeFileSync(join(root, file), expected);
    const others = [...text.matchAll(own)].map(([found]) => found).filter((found) => found !== url);
    const message = file.endsWith("package.json")
      ? `repository, bugs and homepage must be ${JSON.stringify(describe(url, dirname(file)))}`
      : `${others.join(", ")} must be ${url}`;
    return { file, message };
  });
}

/** Builds what a package's manifest must hold; `directory` is where npm finds the package's sources. */
function describe(url: string, directory: string): object {
  return {
    homepage: `${url}/tree/main/${directory}#readme`,
    bugs: { url: `${url}/issues` },
    repository: { type: "git", url: `git+${url}.git`, directory },
  };
}

/** Builds the pattern of addresses that mean this repository, whichever owner they name. */
function toPattern(urls: readonly string[]): RegExp {
  const names = new Set(urls.map((url) => url.slice(url.lastIndexOf("/") + 1)));
  const escaped = [...names].map((name) => name.replaceAll(".", String.raw`\.`));
  return new RegExp(String.raw`https://github\.com/[\w.-]+/(?:${escaped.join("|")})(?![\w-])`, "g");
}
