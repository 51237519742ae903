import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { catalogue, type Target } from "./catalogue.ts";

export const stages = [
  "cost",
  "behaviour",
  "memory",
  "imports",
  "apps",
  "access",
  "trail",
] as const;
export type Stage = (typeof stages)[number];

export interface Options {
  readonly targets: readonly Target[];
  readonly stages: readonly Stage[];
  readonly isQuick: boolean;
  readonly pluginFolder: string | undefined;
}

export const usage = `Usage: npm run bench -- [options]

  --quick                 a try in about two minutes; its numbers mean little
  --only <name,name>      these targets only (bare and sdk-v1 come along, to compare with):
                          ${catalogue.map(({ name }) => name).join(", ")}
  --stages <name,name>    these measurements only: ${stages.join(", ")}
  --xmcp-plugin <folder>  the plugin that xmcp ships for WorkOS: its package with dist/ built and its
                          dependencies installed, outside this repository`;

/** What the command line asks for, or what is wrong with it. */
export function readOptions(parameters: readonly string[]): Options | string {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...parameters],
      options: {
        quick: { type: "boolean", default: false },
        only: { type: "string" },
        stages: { type: "string" },
        "xmcp-plugin": { type: "string" },
      },
    }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const folder = values["xmcp-plugin"];
  // npm runs the script at the root, so that is what a relative path is relative to.
  const pluginFolder = folder === undefined ? undefined : resolve(folder);
  if (pluginFolder !== undefined && !existsSync(join(pluginFolder, "dist/index.js"))) {
    return `${pluginFolder} has no dist/index.js: build the plugin there first`;
  }
  const only = values.only?.split(",");
  const unknown = only?.find((name) => !catalogue.some((target) => target.name === name));
  if (unknown !== undefined) return `there is no target ${unknown}`;
  const wanted = values.stages?.split(",") ?? stages;
  const wrong = wanted.find((stage) => !stages.some((one) => one === stage));
  if (wrong !== undefined) return `there is no measurement ${wrong}`;
  const isWanted = ({ name }: Target): boolean =>
    (only === undefined || name === "bare" || name === "sdk-v1" || only.includes(name)) &&
    (name !== "xmcp-plugin" || pluginFolder !== undefined);
  return {
    targets: catalogue.filter(isWanted),
    stages: stages.filter((stage) => wanted.includes(stage)),
    isQuick: values.quick,
    pluginFolder,
  };
}
