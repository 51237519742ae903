import { judge } from "./bars.ts";
import { percent, table } from "./markdown.ts";
import type { InTurns } from "./measure/built-app.ts";
import { behaviourTables } from "./report-behaviour.ts";
import type { Results } from "./results.ts";

/** The whole run in Markdown. */
export function report(results: Results): string {
  const { date, machine, node, commit, command, pinning, seconds, isQuick } = results;
  return [
    "# us beside the peers",
    `${date}, \`${command}\`, ${Math.round(seconds)} s, commit ${commit}, Node ${node}, ${machine}; ${pinning}.`,
    ...(isQuick ? ["A quick try: these numbers mean little."] : []),
    barTable(results),
    ...costTables(results),
    ...behaviourTables(results),
    ...appTables(results),
    ...trailTables(results),
    "## Versions",
    Object.entries(results.versions)
      .map(([name, versions]) => `- ${name}: ${versions}`)
      .join("\n"),
  ]
    .join("\n\n")
    .concat("\n");
}

function barTable(results: Results): string {
  const rows = judge(results).map(({ promise, found, isKept }) => [
    promise,
    found,
    isKept ? "pass" : "**miss**",
  ]);
  return `## Bars\n\n${table(["we promise", "found", ""], rows)}`;
}

function costTables({ cost, imports, memory }: Results): string[] {
  const tables: string[] = [];
  if (cost !== undefined) {
    const sdk = cost["sdk-v1"]?.cpu;
    const sdkCode = cost["sdk-v1"]?.codeCpu;
    const rows = Object.entries(cost).map(([name, one]) => [
      name,
      one.cpu.toFixed(0),
      name === "bare" || sdk === undefined ? "-" : `${(one.cpu / sdk).toFixed(2)}x`,
      one.codeCpu.toFixed(1),
      name === "bare" || sdkCode === undefined ? "-" : `${(one.codeCpu / sdkCode).toFixed(2)}x`,
      one.newTokenCpu.toFixed(0),
      one.p50.toFixed(0),
      one.p99.toFixed(0),
      percent(one.throughput),
      percent(one.capacity),
    ]);
    const measured = "CPU µs|to sdk-v1|in process µs|to sdk-v1|new tokens µs|p50 µs|p99 µs";
    const head = `target|${measured}|throughput of bare|by CPU time`.split("|");
    tables.push(
      "## Cost of a request\n\nOver the bare app, whose own line is absolute. CPU is the least of the rounds, " +
        "the rest medians; latency with one client, throughput on eight connections.",
      table(head, rows),
    );
  }
  if (imports !== undefined) {
    const rows = Object.entries(imports).map(([name, time]) => [name, time.toFixed(0)]);
    tables.push("## Import time", table(["target", "ms"], rows));
  }
  if (memory !== undefined) {
    const rows = Object.entries(memory).map(([name, one]) => [
      name,
      `${one.start.heap.toFixed(1)} / ${one.start.rss.toFixed(0)}`,
      `${one.afterValid.heap.toFixed(1)} / ${one.afterValid.rss.toFixed(0)} (${one.valid})`,
      `${one.afterForged.heap.toFixed(1)} / ${one.afterForged.rss.toFixed(0)} (${one.forged})`,
    ]);
    tables.push(
      "## Memory after distinct tokens\n\nMB of heap / resident after a full collection, and how many tokens " +
        "had been presented: first valid ones, then forged ones (a known key, a wrong signature).",
      table(["target", "start", "valid", "forged"], rows),
    );
  }
  return tables;
}

function trailTables({ trail }: Results): string[] {
  if (trail === undefined) return [];
  const { inMemory, inAFile, capacity } = trail;
  const cpu = capacity === undefined ? "-" : percent(capacity);
  return [
    "## The trail\n\nA built app with JSON log lines, OpenTelemetry's SDK and audit logs, beside the same app with the guard " +
      "alone: the share of its throughput that is left, and by CPU time a request.",
    table(
      ["the audit log's outbox", "throughput kept", "by CPU time"],
      [
        ["in memory", percent(inMemory), cpu],
        ["in a file", percent(inAFile), "-"],
      ],
    ),
  ];
}

function turns({ capacity, quartiles, pairs, added, addedByJose }: InTurns): string {
  const [low, high] = quartiles.map(percent);
  return (
    `Ours, plain jose and nothing in turns of 128 requests, within one process: ${percent(capacity)} of its capacity is kept by CPU ` +
    `time (${pairs} pairs of turns, half of them from ${low} to ${high}); ours adds ${added.toFixed(0)} µs to a request, ` +
    `plain jose with its remote key set ${addedByJose.toFixed(0)} µs.`
  );
}

function appTables({ apps }: Results): string[] {
  if (apps === undefined) return [];
  const rows = Object.entries(apps.with).map(([name, one]) => [
    name,
    percent(one.throughput),
    `${percent(Math.min(...one.pairs))} to ${percent(Math.max(...one.pairs))}`,
    one.capacity === undefined ? "-" : percent(one.capacity),
    one.bytes.toLocaleString("en"),
  ]);
  return [
    "## A built xmcp app\n\nOne tool, called on eight connections, beside the same app without authentication " +
      `(${apps.plainPerSecond.toFixed(0)} requests/s, ${apps.plainBytes.toLocaleString("en")} bytes).`,
    table(["middleware", "throughput kept", "pairs", "by CPU time", "bytes added"], rows),
    ...(apps.inTurns === undefined ? [] : [turns(apps.inTurns)]),
  ];
}
