import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
// The emulator's parser: the root depends on none of its own.
const { parse } = createRequire(join(root, "packages/emulator/package.json"))("yaml") as {
  readonly parse: (text: string) => unknown;
};

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly needs?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly uses?: string;
  readonly environment?: string;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}
interface Form {
  readonly body: readonly {
    readonly id?: string;
    readonly attributes: { readonly label?: string; readonly description?: string };
    readonly validations?: { readonly required: boolean };
  }[];
}

const workflows = globSync(".github/workflows/*", { cwd: root })
  .toSorted()
  .map((path) => ({ path, text: read(path), workflow: parse(read(path)) as Workflow }));
const ci = parse(read(".github/workflows/ci.yml")) as Workflow;
const release = parse(read(".github/workflows/release.yml")) as Workflow;
const stepsOf = ({ jobs }: Workflow): readonly Step[] =>
  Object.values(jobs).flatMap(({ steps = [] }) => steps);

describe("the workflows", () => {
  it("are that of CI and that of a release", () => {
    expect(workflows.map(({ path }) => path)).toEqual([
      ".github/workflows/ci.yml",
      ".github/workflows/release.yml",
    ]);
  });

  it.each(workflows)("$path pins every action by one commit, beside its version", ({ text }) => {
    const uses = [...text.matchAll(/\buses: (.+)$/gm)].map(([, value = ""]) => value);
    expect(uses.length).toBeGreaterThan(0);
    for (const value of uses) {
      expect(value).toMatch(
        /^(?:(?:actions\/checkout|actions\/setup-node|changesets\/action\/[a-z-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+|\.\/\.github\/workflows\/ci\.yml)$/,
      );
    }
    const commits = uses.map((value) => value.replace(/^([\w-]+\/[\w-]+)[^@]*/, "$1"));
    expect(new Set(commits).size).toBe(
      new Set(commits.map((value) => value.replace(/@.*/, ""))).size,
    );
  });

  it.each(workflows)("$path keeps no token, and runs no text of a stranger", (file) => {
    expect(file.text).not.toMatch(
      /\bsecrets\b|NPM_TOKEN|NODE_AUTH_TOKEN|pull_request_target|workflow_run/,
    );
    const steps = stepsOf(file.workflow);
    for (const { run = "" } of steps) expect(run).not.toContain("${{");
    for (const step of steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"))) {
      expect(step.with).toMatchObject({ "persist-credentials": false });
    }
  });

  it("of CI may read, and nothing more", () => {
    expect(ci.permissions).toEqual({ contents: "read" });
    expect(Object.values(ci.jobs).map(({ permissions }) => permissions)).toEqual([
      undefined,
      undefined,
    ]);
  });

  it("of CI runs .ci/run with the history, and the packages' unit tests on both Nodes", () => {
    expect(Object.keys(ci.on)).toEqual(["pull_request", "workflow_call"]);
    const { everything, node } = ci.jobs;
    expect(everything?.steps?.map(({ run }) => run)).toContain(".ci/run");
    expect(everything?.steps?.[0]?.with).toMatchObject({ "fetch-depth": 0 });
    expect(node?.strategy?.matrix).toEqual({ node: ["22.12", "24"] });
    expect(node?.steps?.[1]?.with).toMatchObject({ "node-version": "${{ matrix.node }}" });
    expect(node?.steps?.map(({ run }) => run)).toContain(
      'node node_modules/vitest/vitest.mjs run --project unit packages/ --exclude "**/outbox-disk.test.ts"',
    );
  });

  it("of a release gives each job what it needs, and an identity to the one that publishes", () => {
    expect(release.on).toEqual({ push: { branches: ["main"] } });
    expect(release.permissions).toEqual({});
    expect(
      Object.fromEntries(
        Object.entries(release.jobs).map(([name, { permissions }]) => [name, permissions]),
      ),
    ).toEqual({
      ci: { contents: "read" },
      mode: { contents: "read" },
      version: { contents: "write", "pull-requests": "write" },
      pack: { contents: "read" },
      publish: { contents: "write", "id-token": "write" },
    });
  });

  it("of a release publishes, behind CI, what another job packed, and runs no package's script", () => {
    const { mode, pack, publish } = release.jobs;
    expect(release.jobs["ci"]?.uses).toBe("./.github/workflows/ci.yml");
    expect([mode?.needs, pack?.needs, publish?.needs]).toEqual(["ci", "mode", "pack"]);
    expect(publish?.environment).toBe("npm");
    expect(publish?.steps?.flatMap(({ run }) => run ?? [])).toEqual(["npm ci --ignore-scripts"]);
    expect(publish?.steps?.at(-1)?.with).toEqual({
      "pack-dir-artifact-id": "${{ needs.pack.outputs.tarballs }}",
    });
  });

  it("publish with provenance", () => {
    const manifests = globSync("packages/*/package.json", { cwd: root });
    expect(manifests).toHaveLength(2);
    for (const manifest of manifests) {
      expect(JSON.parse(read(manifest))).toMatchObject({
        publishConfig: { access: "public", provenance: true },
      });
    }
  });
});

describe("the issue forms", () => {
  const bug = parse(read(".github/ISSUE_TEMPLATE/bug.yml")) as Form;
  const field = (id: string) => bug.body.find((each) => each.id === id);

  it("of a bug demands the reason id and the versions, and log lines without secrets", () => {
    expect(field("reason")?.validations?.required).toBe(true);
    expect(field("versions")?.validations?.required).toBe(true);
    expect(field("log")?.attributes.description).toContain("Without secrets: no token, API key");
    expect(field("secrets")?.attributes).toMatchObject({
      options: [{ label: expect.stringContaining("no token") as string, required: true }],
    });
  });

  it("send a vulnerability to SECURITY.md, and allow no issue without a form", () => {
    expect(parse(read(".github/ISSUE_TEMPLATE/config.yml"))).toMatchObject({
      blank_issues_enabled: false,
      contact_links: [
        { url: expect.stringMatching(/\/blob\/main\/SECURITY\.md$/) as string },
        { url: expect.stringMatching(/\/blob\/main\/docs\/refusals\.md$/) as string },
      ],
    });
    expect(JSON.stringify(bug)).toContain("/blob/main/SECURITY.md");
  });

  it.each(globSync(".github/ISSUE_TEMPLATE/{bug,idea}.yml", { cwd: root }))(
    "%s has what GitHub demands of a form",
    (path) => {
      const form = parse(read(path)) as Form & { readonly name: string };
      expect(form).toMatchObject({
        name: expect.any(String) as string,
        description: expect.any(String) as string,
      });
      const fields = form.body.filter(({ id }) => id !== undefined);
      expect(new Set(fields.map(({ id }) => id)).size).toBe(fields.length);
      expect(fields.every(({ attributes }) => attributes.label !== undefined)).toBe(true);
      expect(fields.some(({ validations }) => validations?.required === true)).toBe(true);
    },
  );
});

it("the editor formats as the repository does, with its TypeScript", () => {
  expect(JSON.parse(read(".vscode/settings.json"))).toMatchObject({
    "editor.defaultFormatter": "oxc.oxc-vscode",
    "editor.formatOnSave": true,
    "typescript.tsdk": "node_modules/typescript/lib",
  });
  expect(read("node_modules/typescript/lib/tsserver.js").length).toBeGreaterThan(0);
});

it("the devcontainer has Node 24 and sets itself up with what CI uses", () => {
  expect(JSON.parse(read(".devcontainer/devcontainer.json"))).toMatchObject({
    image: "mcr.microsoft.com/devcontainers/javascript-node:24-bookworm",
    postCreateCommand: "npm run setup && sudo .ci/install-chromium",
  });
  expect(read(".ci/run")).toMatch(/^step chromium \d+ \.ci\/install-chromium$/m);
});
