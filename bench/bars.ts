import { percent } from "./markdown.ts";
import type { Results } from "./results.ts";

/** A promise about ours, and whether this run kept it. */
export interface Bar {
  readonly promise: string;
  readonly found: string;
  readonly isKept: boolean;
}

/** Holds a run against what we promise; what was not measured is left out. */
export function judge({
  cost,
  fetches,
  rotation,
  outage,
  memory,
  apps,
  access,
  trail,
}: Results): Bar[] {
  const bars: Bar[] = [];
  const bar = (promise: string, found: string, isKept: boolean): void => {
    bars.push({ promise, found, isKept });
  };

  const [own, sdk] = [cost?.["ours"], cost?.["sdk-v1"]];
  if (own !== undefined && sdk !== undefined) {
    const ratio = own.cpu / sdk.cpu;
    const code = own.codeCpu / sdk.codeCpu;
    bar(
      "CPU on a warm token at most 0.20 x sdk-v1",
      `${ratio.toFixed(2)} x over HTTP (${code.toFixed(2)} x inside the process)`,
      ratio <= 0.2,
    );
  }
  const app = apps?.with["ours"];
  if (app !== undefined) {
    const byCpu = app.capacity === undefined ? "" : `, ${percent(app.capacity)} by CPU time`;
    const inTurns = apps?.inTurns?.capacity ?? app.throughput;
    bar(
      "a built xmcp app keeps at least 94 % of its throughput",
      `${percent(inTurns)} in turns within one process (${percent(app.throughput)} across processes${byCpu})`,
      inTurns >= 0.94,
    );
  }
  const turns = apps?.inTurns;
  if (turns !== undefined) {
    const ratio = turns.added / turns.addedByJose;
    bar(
      "in a built xmcp app at most 0.3 x what plain jose adds",
      `${ratio.toFixed(2)} x (${turns.added.toFixed(0)} of ${turns.addedByJose.toFixed(0)} µs)`,
      ratio <= 0.3,
    );
  }
  const reads = fetches?.["ours"];
  if (reads !== undefined) {
    const { warm, stampede, unknown, unknownLater, unknownSeconds } = reads;
    // The first at once, and then one whenever a second has passed.
    const most = 1 + Math.ceil(unknownSeconds);
    bar(
      "key-set fetches: 0 warm, 1 for a stampede, at most 1 a second for unknown keys",
      `${warm}, ${stampede}, ${unknown} in ${unknownSeconds.toFixed(1)} s (${unknownLater} when the keys are 35 s old, their own refresh included)`,
      warm === 0 && stampede === 1 && unknown <= most && unknownLater <= most + 1,
    );
  }
  const turn = rotation?.["ours"];
  if (turn !== undefined) {
    bar("no gap at a rotation", `${turn.gap.toFixed(1)} s`, turn.gap === 0 && !turn.isGapOpen);
  }
  const down = outage?.["ours"];
  if (down !== undefined) {
    const within = down.warm.filter(({ minutes }) => minutes <= 60);
    const statuses = within.flatMap(({ known, unseen }) => [known, unseen]);
    bar(
      "valid tokens work through an outage of 60 minutes, known or never seen",
      statuses.join(" "),
      statuses.length > 0 && statuses.every((status) => status === 200),
    );
  }
  const kept = memory?.["ours"];
  if (kept !== undefined) {
    const grown = kept.afterForged.heap - kept.start.heap;
    bar(
      "memory bounded, whatever tokens come",
      `heap +${(kept.afterValid.heap - kept.start.heap).toFixed(1)} MB after ${kept.valid} valid tokens, ` +
        `+${grown.toFixed(1)} MB after ${kept.forged} forged ones more`,
      // 10,000 remembered tokens of a few KB, and nothing for the forged ones.
      grown < 64 && kept.afterForged.heap - kept.afterValid.heap < 8,
    );
  }
  if (access !== undefined) {
    const { decision, listKept, apiCalls } = access;
    bar(
      "a decision by one of 100 rules, with 200 permissions, in at most 5 µs",
      `${decision.toFixed(2)} µs`,
      decision <= 5,
    );
    bar(
      "a filtered list of 200 tools at most 20 % slower than unfiltered",
      `${percent(listKept)} of its throughput`,
      listKept >= 1 / 1.2,
    );
    bar("at most 2 API calls for 1,000 tool calls of one person", String(apiCalls), apiCalls <= 2);
  }
  if (trail !== undefined) {
    const { inMemory, inAFile, capacity } = trail;
    const byCpu = capacity === undefined ? "" : `, ${percent(capacity)} by CPU time`;
    bar(
      "with logs, OpenTelemetry and audit logs on, a built app keeps at least 85 % of its throughput",
      `${percent(inMemory)} (${percent(inAFile)} with the outbox in a file${byCpu})`,
      inMemory >= 0.85,
    );
  }
  return bars;
}
