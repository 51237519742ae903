import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const Root = z.object({ repository: z.object({ url: z.string() }) });

/**
 * Reads the repository's web address from the `package.json` in `root`: the one place that names its owner.
 *
 * @returns Such as `https://github.com/OWNER/name`, or undefined when that names no repository on GitHub.
 */
export function readRepositoryUrl(root: string): string | undefined {
  const file = join(root, "package.json");
  if (!existsSync(file)) return undefined;
  const manifest = Root.safeParse(JSON.parse(readFileSync(file, "utf8")));
  return manifest.success ? toWebAddress(manifest.data.repository.url) : undefined;
}

/** Converts the `repository.url` of a package into the address that a browser opens. */
export function toWebAddress(url: string): string | undefined {
  return /^git\+(https:\/\/github\.com\/[\w.-]+\/[\w.-]+)\.git$/.exec(url)?.[1];
}
