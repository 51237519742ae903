/**
 * Checks the subjects of the commits since the last tag; or of the one message in a file, as git's hook commit-msg.
 *
 *   node scripts/check-commits.mjs [file]
 *
 * Plain JavaScript for Node 18 or newer, because the hook runs on the Node that happens to be there.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { findSubjectProblems, readSubject } from "./commits/subject.mjs";

/** Commits up to this one are older than the rule. */
const START = "ff173c7102ae7721c356d30f7c7d56751256c19f";

const [file] = process.argv.slice(2);
const commits = file === undefined ? listCommits() : [readSubject(readFileSync(file, "utf8"))];
// These are for the author's next rebase, and must not be left when it is done.
const isInterim = (subject) => file !== undefined && /^(?:fixup|squash|amend)! |^$/.test(subject);

for (const commit of commits.filter((subject) => !isInterim(subject))) {
  for (const problem of findSubjectProblems(commit)) {
    console.error(`"${commit}": ${problem}`);
    process.exitCode = 1;
  }
}
if (process.exitCode === 1) console.error("How a subject reads is in CONTRIBUTING.md.");
else if (file === undefined) console.log(`${commits.length} commits, 0 problems`);

/** Lists the subjects since the last tag, or since the rule; of a shallow clone, the last one. */
function listCommits() {
  const from = git("describe", "--tags", "--abbrev=0") ?? START;
  const isThere = git("cat-file", "-e", `${from}^{commit}`) !== undefined;
  const subjects = git("log", "--no-merges", "--format=%s", isThere ? `${from}..HEAD` : "-1");
  return subjects === undefined || subjects === "" ? [] : subjects.split("\n");
}

/** Returns what git printed, or undefined when it failed: in a copy without history there is nothing to check. */
function git(...parameters) {
  const { status, stdout } = spawnSync("git", parameters, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
