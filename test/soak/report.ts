import type { SoakFigures } from "./soak.ts";

/** Megabytes that the heap may have grown since the server was warm. */
const GROWTH = 16;

/** What is wrong with what was seen; nothing when the server held. */
export function problemsOf({
  surprises,
  statuses,
  streams,
  readings,
  idle,
  audit,
  logged,
}: SoakFigures): string[] {
  const problems = surprises.map(
    ({ kind, during, status, text }) => `${kind} got ${status} while ${during}: ${text}`,
  );
  const demand = (isKept: boolean, problem: string): void => {
    if (!isKept) problems.push(problem);
  };
  const all = Object.values(statuses).flatMap((one) => Object.keys(one).map(Number));
  const { before, after } = idle;
  const [first] = readings;
  const last = readings.at(-1);
  const growth = (last?.reading.heap ?? 0) - (first?.reading.heap ?? 0);
  demand(!all.some((status) => status >= 500 || status === 0), "some answers were 5xx, or none");
  demand(logged["fault"] === undefined, `${logged["fault"]} faults were logged`);
  demand(streams.ended === streams.opened, "a stream outlived the access of its reader");
  demand(growth < GROWTH, `the heap grew by ${growth.toFixed(1)} MB`);
  demand(after.timers <= before.timers, `${after.timers - before.timers} timers were left behind`);
  demand(
    after.listeners <= before.listeners,
    `${after.listeners - before.listeners} listeners were left behind`,
  );
  demand(
    after.sockets <= before.sockets,
    `${after.sockets - before.sockets} connections were left behind`,
  );
  demand(
    after.warnings.every((one) => !one.includes("MaxListeners")),
    after.warnings.join("; "),
  );
  demand(audit.arrived === audit.called, `${audit.called} audited calls, ${audit.arrived} arrived`);
  demand(audit.twice === 0, `${audit.twice} audit log events arrived twice`);
  return problems;
}

/** The figures in Markdown. */
export function report(figures: SoakFigures): string {
  const { requests, seconds, statuses, troubles, streams, readings, idle, audit, logged } = figures;
  const { before, after } = idle;
  const problems = problemsOf(figures);
  const verdict = problems.length === 0 ? "It held." : problems.map((one) => `- ${one}`).join("\n");
  const counts = (given: Readonly<Record<string, number>>): string =>
    Object.entries(given)
      .map(([name, count]) => `${name} ${count.toLocaleString("en")}`)
      .join(", ");
  return `${[
    "# Soak",
    `${new Date().toISOString().slice(0, 16)}, \`npm run soak\`, Node ${process.versions.node}: ${requests.toLocaleString("en")} requests in ${seconds.toFixed(0)} s on 8 connections, to an app that xmcp built, with access rules, revocation, JSON lines, OpenTelemetry and audit logs.`,
    verdict,
    "## What was answered",
    table(
      ["asked", "answers"],
      Object.entries(statuses).map(([kind, own]) => [kind, counts(own)]),
    ),
    "`greet`, `touch`, `audited` and `list` must be served and `denied` denied inside a 200, whatever happens to WorkOS meanwhile; the others must be refused.",
    "## What happened meanwhile",
    table(
      ["trouble", "times"],
      Object.entries(troubles).map(([name, times]) => [name, String(times)]),
    ),
    `${streams.opened} streams were opened by people who were then removed; ${streams.ended} of them were ended by the server. Of ${audit.called.toLocaleString("en")} audited calls ${audit.arrived.toLocaleString("en")} arrived in the audit log, ${audit.twice} of them twice. In the log: ${counts(logged)}.`,
    "## What the server held",
    table(
      ["after requests", "heap MB", "resident MB", "timers"],
      readings.map(({ after: count, reading }) => [
        count.toLocaleString("en"),
        reading.heap.toFixed(1),
        reading.rss.toFixed(0),
        String(reading.timers),
      ]),
    ),
    "After full collections, under load.",
    table(
      ["no request", "heap MB", "timers", "listeners", "connections"],
      (
        [
          ["when warm", before],
          ["at the end", after],
        ] as const
      ).map(([when, { heap, timers, listeners, sockets }]) => [
        when,
        heap.toFixed(1),
        String(timers),
        String(listeners),
        String(sockets),
      ]),
    ),
  ].join("\n\n")}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
