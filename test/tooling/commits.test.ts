import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findSubjectProblems, readSubject } from "../../scripts/commits/subject.mjs";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const LONG = "Refuse every token that has no audience, or one of some other server here";

describe("a commit's subject", () => {
  it.each([
    "Add a check of commit subjects",
    "Pass the clock down",
    "Focus the guard",
    "Alias the old name",
    "Need no account",
    "Embed the seed",
    "Bring the emulator up to date",
    LONG.slice(0, 72),
    `Revert "${LONG}"`,
    "Merge branch 'main' into next",
  ])("is accepted: %s", (subject) => {
    expect(findSubjectProblems(subject)).toEqual([]);
  });

  it.each([
    [LONG, ["it has 73 characters; 72 are allowed"]],
    ["add a check", ["it begins without a capital letter"]],
    ["Add a check.", ["it ends with a full stop"]],
    ["Added a check", [`"Added" is not imperative, as in "Add a check"`]],
    ["Adding a check", [`"Adding" is not imperative, as in "Add a check"`]],
    ["Adds a check", [`"Adds" is not imperative, as in "Add a check"`]],
    ["Fixes", [`"Fixes" is not imperative, as in "Add a check"`]],
    ["The guard refuses", [`"The" is not imperative, as in "Add a check"`]],
    ["Guard: refuse more", [`"Guard:" is not imperative, as in "Add a check"`]],
    ["feat: add a check", ["it begins without a capital letter", expect.stringContaining("feat:")]],
    ["", ["it begins without a capital letter"]],
  ])("is refused: %s", (subject, problems) => {
    expect(findSubjectProblems(subject)).toEqual(problems);
  });

  it("is the first paragraph of a message, without git's comments", () => {
    expect(readSubject("# Branch x\n\nAdd a\n  check\n\nBecause.\n# Changes\n")).toBe(
      "Add a check",
    );
  });
});

describe("the hook that setup installs", () => {
  let clone: string;
  const git = (...parameters: string[]) =>
    spawnSync("git", ["-c", "user.name=A", "-c", "user.email=a@example.com", ...parameters], {
      cwd: clone,
      encoding: "utf8",
      env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
    });
  const commit = (subject: string) => git("commit", "--allow-empty", "-m", subject);
  const install = (env: Record<string, string> = {}): string => {
    const code = `import("./scripts/setup/hooks.mjs").then(({ installHooks }) => installHooks())`;
    const { stderr } = spawnSync(process.execPath, ["--eval", code], {
      cwd: clone,
      encoding: "utf8",
      env: { ...process.env, CI: "", GIT_CONFIG_GLOBAL: "/dev/null", ...env },
    });
    return stderr;
  };
  const hooksPath = () => git("config", "core.hooksPath").stdout.trim();

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), "commits-"));
    execFileSync("git", ["init", "--quiet", clone]);
    for (const path of [
      ".githooks",
      "scripts/check-commits.mjs",
      "scripts/commits",
      "scripts/setup",
    ])
      cpSync(join(repository, path), join(clone, path), { recursive: true });
  });
  afterEach(() => rmSync(clone, { recursive: true }));

  it("refuses a subject that is not imperative, with the reason", () => {
    expect(install()).toContain("git config core.hooksPath /dev/null");

    expect(commit("Add a check").status).toBe(0);
    expect(commit("fixup! Add a check").status).toBe(0);
    const { status, stderr } = commit("Added a check");
    expect(status).toBe(1);
    expect(stderr).toContain(`"Added" is not imperative, as in "Add a check"`);
  });

  it("is found again by the check of commits, which accepts no fixup", () => {
    commit("Add a check");
    commit("fixup! Add a check");
    const check = (): string =>
      spawnSync(process.execPath, ["scripts/check-commits.mjs"], { cwd: clone, encoding: "utf8" })
        .stderr;
    expect(check()).toContain(`"fixup! Add a check": it begins without a capital letter`);

    git("tag", "v1", "-m", "v1");
    expect(check()).toBe("");
    commit("Added a check");
    expect(check()).toMatch(/^"Added a check": "Added" is not imperative/);
  });

  it("leaves a clone alone that has a hook of its own, another setting, or runs in CI", () => {
    expect(install({ CI: "true" })).toBe("");
    expect(hooksPath()).toBe("");

    mkdirSync(join(clone, ".git/hooks"), { recursive: true });
    writeFileSync(join(clone, ".git/hooks/pre-push"), "");
    expect(install()).toBe("");
    expect(hooksPath()).toBe("");
    rmSync(join(clone, ".git/hooks/pre-push"));

    git("config", "core.hooksPath", "/dev/null");
    expect(install()).toBe("");
    expect(hooksPath()).toBe("/dev/null");
  });
});
