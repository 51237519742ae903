import type { Case } from "./case.ts";
import type { HostUnderTest } from "./hosts-under-test.ts";

type Row = readonly string[];

/**
 * Writes, in Markdown, which cases each host has, and why it lacks others.
 *
 * It cannot differ from what was run: matrix.test.ts fails for a case that does not pass and is not lacked, and for one
 * that is lacked and would pass.
 */
export function writeTable(hosts: readonly HostUnderTest[], cases: readonly Case[]): string {
  const groups = [...new Set(cases.map(groupOf))];
  const header = ["host", ...groups.map((group) => `[${group}](../test/hosts/cases/${group}.ts)`)];
  const rows = hosts.map(({ name, lacks }) => [
    name,
    ...groups.map((group) => {
      const all = cases.filter((one) => groupOf(one) === group);
      const had = all.filter(({ id }) => lacks[id] === undefined);
      return had.length === all.length ? "all" : `${had.length} of ${all.length}`;
    }),
  ]);
  const lacking = new Map<string, { title: string; reason: string; names: string[] }>();
  for (const { name, lacks } of hosts) {
    for (const { id, title } of cases) {
      const reason = lacks[id];
      if (reason === undefined) continue;
      const key = `${id} ${reason}`;
      const one = lacking.get(key) ?? { title, reason, names: [] };
      one.names.push(name);
      lacking.set(key, one);
    }
  }
  const reasons = [...lacking.values()].map(({ title, reason, names }) => [
    names.join(", "),
    title,
    reason,
  ]);
  return `${align([header, ...rows])}\n\n${align([["host", "lacks", "because"], ...reasons])}\n`;
}

function groupOf({ id }: Case): string {
  return id.slice(0, id.indexOf("."));
}

/** Writes rows as the formatter does: every cell as wide as its column. */
function align(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => row[at]?.length ?? 0)),
  );
  const [header, ...body] = rows.map(
    (row) => `| ${widths.map((width, at) => (row[at] ?? "").padEnd(width)).join(" | ")} |`,
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [header, rule, ...body].join("\n");
}
