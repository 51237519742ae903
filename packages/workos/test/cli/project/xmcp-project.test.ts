import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resourceUri } from "../../../src/cli/project/resource-uri.js";
import { readXmcpProject } from "../../../src/cli/project/xmcp-project.js";
import { project } from "../folder.js";

const TOOL = "export default () => 1;\n";
const named = (name: string): string => `export const metadata = { name: ${name} };\n${TOOL}`;

const CONFIG = "export default { http: true };\n";

describe("an xmcp project", () => {
  it("has the names that its metadata and its files give, as xmcp registers them", () => {
    const root = project({
      "xmcp.config.ts": CONFIG,
      "src/tools/refund.ts": named('"give_back"'),
      "src/tools/deep/list-tickets.tsx": TOOL,
      "src/tools/v1.refund.ts": TOOL,
      "src/tools/empty.ts": "",
      "src/tools/shared.ts": "export const limit = 1;",
      "src/tools/.hidden.ts": TOOL,
      "src/tools/.draft/x.ts": TOOL,
      "src/tools/readme.md": "export default 1",
      "src/prompts/greet.ts": named("'greet_everyone'"),
      "src/resources/(docs)/[id]/index.ts": TOOL,
      "src/resources/(docs)/page.ts": `export const metadata = { mimeType: "text/html" };\n${TOOL}`,
      "src/resources/loose.ts": TOOL,
    });
    expect(readXmcpProject(root)).toEqual({
      kind: "read",
      names: {
        tools: ["list-tickets", "give_back", "v1.refund"],
        prompts: ["greet_everyone"],
        resources: ["docs://{id}", "docs://page.html"],
      },
    });
  });

  it.each([
    ['export default { paths: { tools: "./app/tools", prompts: false } };', ["a"]],
    [
      'const config = { paths: { tools: "app/tools", resources: true } };\nexport default config;',
      ["a"],
    ],
    ["export default { paths: { prompts: true } };", ["b"]],
    ["export default { name: 'paths' };", ["b"]],
  ])("has them in the folders that %s names", (config, tools) => {
    const root = project({
      "xmcp.config.ts": config,
      "app/tools/a.ts": TOOL,
      "src/tools/b.ts": TOOL,
    });
    expect(readXmcpProject(root)).toMatchObject({ kind: "read", names: { tools, prompts: [] } });
  });

  it("may be configured in JSON", () => {
    const root = project({
      "xmcp.config.json": '{ "paths": { "tools": "app" } }',
      "app/a.ts": TOOL,
    });
    expect(readXmcpProject(root)).toMatchObject({ names: { tools: ["a"] } });
  });

  it.each([
    ["export default { paths };"],
    ["export default { paths: folders };"],
    ["export default { paths: { tools: process.env.TOOLS } };"],
    ["export default { paths: { ...folders } };"],
    ["export default { name: `x };"],
  ])("whose configuration would have to be run needs flags: %s", (config) => {
    const root = project({ "xmcp.config.ts": config, "src/tools/b.ts": TOOL });
    expect(readXmcpProject(root)).toEqual({
      kind: "unreadable",
      problems: [
        expect.stringMatching(
          /^xmcp\.config\.ts: (paths|it) cannot be read; name the folders with --tools, --prompts, --resources$/,
        ),
      ],
    });
    const given = { tools: "src/tools", prompts: "src/tools", resources: "src/tools" };
    expect(readXmcpProject(root, given)).toMatchObject({ kind: "read", names: { tools: ["b"] } });
  });

  it("names every file whose name cannot be read", () => {
    const root = project({
      "xmcp.config.ts": CONFIG,
      "src/tools/a.ts": named("NAME"),
      "src/tools/b.ts": `export const metadata = about;\n${TOOL}`,
      "src/tools/c.ts": named('"c"'),
    });
    const cure =
      'write metadata as an object literal with its name as a string: export const metadata = { name: "…" }';
    expect(readXmcpProject(root)).toEqual({
      kind: "unreadable",
      problems: [
        `src/tools/a.ts: the name in its metadata cannot be read; ${cure}`,
        `src/tools/b.ts: metadata is no object literal; ${cure}`,
      ],
    });
  });

  it("is one with a configuration only, or with folders that are given and there", () => {
    const root = project({ "src/tools/a.ts": TOOL });
    expect(readXmcpProject(root)).toEqual({ kind: "other-project" });
    expect(readXmcpProject(root, { tools: "src/tools" })).toMatchObject({
      names: { tools: ["a"] },
    });
    expect(readXmcpProject(root, { tools: "tools" })).toEqual({
      kind: "unreadable",
      problems: ["there is no folder tools"],
    });
  });

  it("is not read through a pipe, which would never end", () => {
    const root = project({ "xmcp.config.ts": CONFIG, "src/tools/a.ts": TOOL });
    execFileSync("mkfifo", [join(root, "src/tools/b.ts")]);
    expect(readXmcpProject(root)).toEqual({
      kind: "unreadable",
      problems: ["src/tools/b.ts is no file that can be read"],
    });
  });

  it("is not read through a link to a folder, and says so", () => {
    const root = project({ "xmcp.config.ts": CONFIG, "src/tools/a.ts": TOOL, "more/b.ts": TOOL });
    symlinkSync(join(root, "more"), join(root, "src/tools/more"));
    expect(readXmcpProject(root)).toEqual({
      kind: "unreadable",
      problems: ["src/tools/more is a link to a folder, which is not followed"],
    });
  });
});

describe("the URI of a resource", () => {
  it.each([
    ["src/resources/(config)/app.ts", undefined, "config://app"],
    ["src/resources/(users)/[id]/index.ts", undefined, "users://{id}"],
    ["src/resources/(git)/repos/[owner]/[repo]/index.ts", undefined, "git://repos/{owner}/{repo}"],
    ["src/resources/(users)/[id].ts", undefined, undefined],
    ["src/resources/users/list.ts", undefined, undefined],
    ["src/resources/(site)/page.ts", "text/html", "site://page.html"],
    ["src/resources/(site)/index.ts", undefined, "site://"],
  ])("of %s, %s, is %s", (file, mimeType, uri) => {
    expect(resourceUri(file, mimeType)).toBe(uri);
  });
});
