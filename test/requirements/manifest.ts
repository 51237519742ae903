import type { Citations } from "./citations.js";

/** One line of requirements.json. */
export interface Requirement {
  readonly text: string;
  /** `proved`: a test's title cites it. The others need a reason. */
  readonly status: "proved" | "not-applicable" | "later";
  readonly reason?: string;
}

export type Manifest = Readonly<Record<string, Requirement>>;

const STATUSES: ReadonlySet<string> = new Set(["proved", "not-applicable", "later"]);

/** What is untrue or missing in a manifest, held against what tests cite. */
export function problemsOf(
  manifest: Manifest,
  citations: Citations,
  ids: readonly string[],
): string[] {
  const problems: string[] = [];
  for (const id of ids) {
    if (!Object.hasOwn(manifest, id)) problems.push(`${id} is not in the manifest`);
  }
  for (const [id, { text, status, reason = "" }] of Object.entries(manifest)) {
    const files = citations.get(id) ?? [];
    if (!ids.includes(id)) problems.push(`${id} is no requirement of the checklist`);
    if (text.trim() === "") problems.push(`${id} has no text`);
    if (!STATUSES.has(status)) problems.push(`${id} has the unknown status ${status}`);
    if (status === "proved" && files.length === 0) {
      problems.push(`${id} is marked proved, but no test's title cites it`);
    }
    if (status !== "proved" && reason.trim() === "") {
      problems.push(`${id} is marked ${status} without a reason`);
    }
    if (status !== "proved" && files.length > 0) {
      problems.push(`${id} is marked ${status}, but ${files.join(", ")} cites it: mark it proved`);
    }
  }
  for (const [id, files] of citations) {
    if (!Object.hasOwn(manifest, id))
      problems.push(`${files.join(", ")} cites ${id}, which does not exist`);
  }
  return problems;
}
