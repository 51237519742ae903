import type { Outage } from "./measure/outage.ts";
import { table } from "./markdown.ts";
import type { Results } from "./results.ts";

/** The tables of what each does when keys change or the issuer is away. */
export function behaviourTables({ fetches, rotation, outage }: Results): string[] {
  const tables: string[] = [];
  if (fetches !== undefined) {
    const rows = Object.entries(fetches).map(([name, one]) => [
      name,
      String(one.warm),
      String(one.stampede),
      String(one.unknown),
      String(one.unknownLater),
      String(one.hour),
      one.refused === 0 ? "0" : `**${one.refused}**`,
    ]);
    const head = ["target", "1,000 warm", "stampede of 100", "1,000 unknown keys", "35 s later"];
    tables.push(
      "## Key-set fetches\n\nAn hour is one request every ten seconds; the last column counts valid tokens " +
        "that were turned away meanwhile.",
      table([...head, "an hour of use", "refused"], rows),
    );
  }
  if (rotation !== undefined) {
    const rows = Object.entries(rotation).map(([name, { gap, isGapOpen, withdrawnFor }]) => [
      name,
      isGapOpen ? `more than ${gap.toFixed(0)}` : gap.toFixed(1),
      withdrawnFor === undefined ? "more than 3,900" : withdrawnFor.toFixed(0),
    ]);
    tables.push(
      "## Keys that change\n\nSeconds for which a new key's tokens are refused (real time), and for which " +
        "a withdrawn key's are accepted (moved clock, in steps of 15 s).",
      table(["target", "new key refused", "withdrawn key accepted"], rows),
    );
  }
  if (outage !== undefined) {
    const minutes = Object.values(outage)[0]?.warm.map((one) => one.minutes) ?? [];
    const rows = Object.entries(outage).map(([name, one]) => [
      name,
      one.cold === undefined ? "does not start" : status(one.cold),
      hanging(one.hanging),
      ...one.warm.map(({ known, unseen }) => `${status(known)} / ${status(unseen)}`),
    ]);
    tables.push(
      "## What a valid token gets while the issuer is away\n\nWarm: a token seen before the outage / a token " +
        "never seen. The clock is moved.",
      table(
        [
          "target",
          "cold, refused",
          "cold, hanging",
          ...minutes.map((one) => `warm, ${one} minutes`),
        ],
        rows,
      ),
    );
  }
  return tables;
}

function hanging(found: Outage["hanging"]): string {
  if (found === undefined) return "does not start";
  return found.status === 0
    ? `nothing in ${found.seconds.toFixed(0)} s`
    : `${found.status} after ${found.seconds.toFixed(1)} s`;
}

function status(code: number): string {
  return code === 0 ? "nothing" : String(code);
}
