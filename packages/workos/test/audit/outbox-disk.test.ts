import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { openFailedEntries, openSqliteOutbox } from "../../src/audit/sqlite-outbox.js";
import type { Outbox } from "../../src/audit/outbox.js";
import { withFallback } from "../../src/audit/fallback-outbox.js";
import { letter } from "./delivery-setup.js";

const folder = mkdtempSync(join(tmpdir(), "outbox-disk-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const ORG = "org_01";
let files = 0;
const path = (): string => join(folder, `${(files += 1)}.sqlite`);
const keys = (outbox: Outbox): string[] => outbox.due(ORG, 1_000, 2_000).map(({ key }) => key);
const isRoot = process.getuid?.() === 0;

/** Mounts a disk of so many kilobytes; undefined, with one loud line, where this process may not. */
function mountSmallDisk(kilobytes = 8_192): string | undefined {
  const disk = mkdtempSync(join(tmpdir(), "outbox-small-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "none", disk], {
      stdio: "ignore",
    });
  } catch {
    console.warn("SKIPPED: an outbox on a full disk (this process may not mount a tmpfs)");
    rmSync(disk, { recursive: true });
    return undefined;
  }
  onTestFinished(() => {
    execFileSync("umount", ["-l", disk]);
    rmSync(disk, { recursive: true });
  });
  return disk;
}

/** Fills what is left of a disk; returns what gives the room back. */
function fill(disk: string): () => void {
  const ballast = join(disk, "ballast");
  const file = openSync(ballast, "w");
  try {
    for (;;) writeSync(file, Buffer.alloc(4_096));
  } catch {
    // It is full.
  }
  // An open file keeps its room.
  closeSync(file);
  return () => {
    rmSync(ballast);
  };
}

describe("an outbox whose disk is full", () => {
  it("sends what is in the file, keeps new letters in memory, and moves them to the disk when there is room", ({
    skip,
  }) => {
    const disk = mountSmallDisk() ?? skip("no mount");
    let clock = 1;
    const reports: string[] = [];
    const file = openSqliteOutbox(join(disk, "audit.sqlite"), 10_000);
    const outbox = withFallback(
      file,
      5_000,
      () => clock,
      ({ kind }) => reports.push(kind),
    );
    for (let index = 0; index < 40; index += 1) outbox.put(letter(`before-${index}`), true, 1);
    const free = fill(disk);
    for (let index = 0; index < 300; index += 1) {
      expect(outbox.put(letter(`full-${index}`), true, 2)).toBe(true);
    }
    expect(reports).toEqual(["failed"]);
    const spared = outbox.spare();
    expect(spared).toBeGreaterThan(0);
    const sent = new Set<string>();
    for (let index = 0; index < 60; index += 1) {
      const [next] = outbox.due(ORG, 1_000, 1);
      if (next === undefined) break;
      outbox.note({ ...next, attempts: 1, firstTriedAt: 3 }, 60_000);
      expect(sent.has(next.key)).toBe(false);
      sent.add(next.key);
      outbox.remove(next.key);
    }
    expect(sent.size).toBe(60);
    // Those in the file can be read all the while.
    expect(file.due(ORG, 1_000, 100).length).toBeGreaterThan(0);
    free();
    for (let look = 0; look < 20; look += 1) {
      clock += 1_000;
      outbox.queues();
    }
    expect(outbox.spare()).toBe(0);
    expect(reports).toEqual(["failed", "works"]);
    expect(outbox.count()).toMatchObject({ waiting: 340 - 60 });
    outbox.close();
  });

  it.each([512, 1_024, 2_048])(
    "a disk of %i kB that the outbox filled by itself works again when letters were sent, each once",
    (kilobytes) => {
      const disk = mountSmallDisk(kilobytes);
      if (disk === undefined) return;
      let clock = 1;
      const reports: string[] = [];
      const outbox = withFallback(
        openSqliteOutbox(join(disk, "audit.sqlite"), 100_000),
        50_000,
        () => clock,
        ({ kind }) => reports.push(kind),
      );
      let stored = 0;
      for (; outbox.spare() < 300; stored += 1) outbox.put(letter(`${stored}`), true, 1);
      expect(reports).toEqual(["failed"]);
      const sent = new Set<string>();
      for (let round = 0; round < 2 * stored && outbox.size() > 0; round += 1) {
        clock += 20;
        outbox.queues();
        for (const found of outbox.due(ORG, clock, 1)) {
          expect(sent.has(found.key)).toBe(false);
          sent.add(found.key);
          outbox.note({ ...found, attempts: 1, firstTriedAt: clock }, clock + 60_000);
          outbox.remove(found.key);
        }
      }
      expect([sent.size, outbox.spare(), outbox.size()]).toEqual([stored, 0, 0]);
      expect(outbox.put(letter("after"), true, clock)).toBe(true);
      expect([outbox.spare(), reports.at(-1)]).toEqual([0, "works"]);
      outbox.close();
    },
  );

  it("starts with what a process before it left, and is refused with path and cure when there is nothing yet", ({
    skip,
  }) => {
    const disk = mountSmallDisk() ?? skip("no mount");
    const place = join(disk, "audit.sqlite");
    const before = openSqliteOutbox(place, 100);
    before.put(letter("left"), true, 1);
    before.close();
    const free = fill(disk);
    const outbox = openSqliteOutbox(place, 100);
    expect(keys(outbox)).toEqual(["left"]);
    outbox.close();
    const none = join(disk, "none.sqlite");
    expect(() => openSqliteOutbox(none, 100)).toThrow(
      expect.objectContaining({
        code: "outbox_unavailable",
        message: expect.stringMatching(
          new RegExp(`${none} .*the disk of ${disk} is full .*make room there`),
        ) as string,
      }),
    );
    free();
  });
});

describe("an outbox whose file is damaged, deleted or elsewhere", () => {
  it("sets a damaged file aside at start, and goes on with what can be read of it", () => {
    const place = path();
    const before = openSqliteOutbox(place, 10_000);
    for (let index = 0; index < 2_000; index += 1) before.put(letter(`${index}`), true, 1);
    before.close();
    const { size } = statSync(place);
    // Everything between the first pages and the last ones.
    const file = openSync(place, "r+");
    writeSync(
      file,
      Buffer.alloc(size / 2, 0xa5),
      0,
      size / 2,
      Math.floor(size / 16 / 4_096) * 4_096,
    );
    const reports: string[] = [];
    const outbox = openSqliteOutbox(place, 10_000, { onReplaced: (said) => reports.push(said) });
    outbox.queues();
    const read = keys(outbox);
    expect(reports).toEqual([
      expect.stringMatching(
        /was damaged.*; it was made anew with \d+ audit log events; the former file is kept as .*\.damaged-\d+$/,
      ),
    ]);
    expect(new Set(read).size).toBe(read.length);
    expect(outbox.put(letter("new"), true, 2)).toBe(true);
    expect(readdirSync(folder).some((name) => name.includes(".damaged-"))).toBe(true);
    outbox.close();
  });

  it("leaves a file alone that is no database", () => {
    const place = path();
    writeFileSync(place, "x".repeat(5_000), { mode: 0o644 });
    expect(() => openSqliteOutbox(place, 10)).toThrow("choose another path");
    expect(statSync(place).size).toBe(5_000);
    expect(statSync(place).mode & 0o777).toBe(0o644);
  });

  it("leaves another program's database alone", () => {
    const place = path();
    const other = new DatabaseSync(place);
    other.exec("CREATE TABLE people (name TEXT) STRICT");
    expect(() => openSqliteOutbox(place, 10)).toThrow("it is another program's database");
    expect(other.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "delete" });
    other.close();
  });

  it.each(["the file", "the log", "the file, by another of its name"])(
    "notices that %s is gone, and loses nothing at the next kill",
    async (what) => {
      const place = path();
      const reports: string[] = [];
      const outbox = openSqliteOutbox(place, 1_000, { onReplaced: (said) => reports.push(said) });
      for (let index = 0; index < 300; index += 1) outbox.put(letter(`a${index}`), true, 1);
      await new Promise((resolve) => setTimeout(resolve, 260));
      outbox.put(letter("settled"), true, 1);
      if (what === "the log") rmSync(`${place}-wal`);
      else if (what === "the file")
        for (const end of ["", "-wal", "-shm", "-lock"]) rmSync(place + end);
      else renameSync(place, `${place}.moved`);
      if (what.endsWith("name")) writeFileSync(place, "");
      await new Promise((resolve) => setTimeout(resolve, 260));
      for (let index = 0; index < 300; index += 1) outbox.put(letter(`b${index}`), true, 1);
      expect(reports).toHaveLength(1);
      expect(reports[0]).toContain("was deleted or replaced while the server ran");
      // As after a kill: another connection, on what is at the path.
      const other = new DatabaseSync(place);
      expect(other.prepare("SELECT count(*) AS n FROM letters").get()).toEqual({ n: 601 });
      other.close();
      outbox.close();
    },
  );

  it("belongs to one process whatever it is called: by a link, through a linked folder, before the file is there", () => {
    const place = path();
    const link = `${place}-link`;
    symlinkSync(place, link);
    const first = openSqliteOutbox(link, 10);
    expect(() => openSqliteOutbox(place, 10)).toThrow("in use by another process");
    const linked = join(folder, "linked");
    symlinkSync(folder, linked);
    expect(() => openSqliteOutbox(place.replace(folder, linked), 10)).toThrow("in use");
    first.close();
    linkSync(place, `${place}-hard`);
    expect(() => openSqliteOutbox(`${place}-hard`, 10)).toThrow("has hard links");
  });

  it("can be read by its owner only, and takes away what an older version gave", () => {
    {
      const place = path();
      const outbox = openSqliteOutbox(place, 10);
      outbox.put(letter("a"), true, 1);
      for (const end of ["", "-wal", "-shm", "-lock"]) {
        expect([end, statSync(place + end).mode & 0o777]).toEqual([end, 0o600]);
      }
      outbox.close();
      chmodSync(place, 0o644);
      openSqliteOutbox(place, 10).close();
      expect(statSync(place).mode & 0o777).toBe(0o600);
    }
  });

  it.skipIf(isRoot)("is refused with a cure where it may not write", () => {
    const closed = join(folder, "closed");
    mkdirSync(closed, { mode: 0o500 });
    expect(() => openSqliteOutbox(join(closed, "a.sqlite"), 10)).toThrow(
      "may this process write there?",
    );
  });

  it("goes on with a file of an older version, whose letters have no share yet", () => {
    const place = path();
    const old = new DatabaseSync(place);
    old.exec(
      "CREATE TABLE letters (key TEXT PRIMARY KEY, organization_id TEXT NOT NULL, event TEXT NOT NULL, " +
        "state TEXT NOT NULL CHECK (state IN ('open', 'ready', 'dead')), added_at INTEGER NOT NULL, due_at INTEGER NOT NULL, " +
        "attempts INTEGER NOT NULL DEFAULT 0, first_tried_at INTEGER, problem TEXT, buried_at INTEGER) STRICT; " +
        "CREATE INDEX letters_by_time ON letters (state, due_at);",
    );
    old
      .prepare(
        "INSERT INTO letters (key, organization_id, event, state, added_at, due_at) VALUES (?, ?, ?, 'ready', 1, 1)",
      )
      .run("old", ORG, JSON.stringify(letter("old").event));
    old.close();
    const outbox = openSqliteOutbox(place, 10);
    expect(keys(outbox)).toEqual(["old"]);
    outbox.close();
  });
});

describe("rows that are no audit log events", () => {
  it.each(["no JSON", "5", "null", "{}", '{"action":1}'])(
    "sets %j aside with the failed entries, and sends the others",
    (text) => {
      const place = path();
      const unreadable: string[] = [];
      const outbox = openSqliteOutbox(place, 100, { onUnreadable: (key) => unreadable.push(key) });
      for (const key of ["bad", "a", "b", "c", "d"]) outbox.put(letter(key), true, 1);
      const other = new DatabaseSync(place);
      other.prepare("UPDATE letters SET event = ? WHERE key = 'bad'").run(text);
      other.close();
      expect(outbox.due(ORG, 9, 1).map(({ key }) => key)).toEqual(["a"]);
      expect(keys(outbox)).toEqual(["a", "b", "c", "d"]);
      expect(unreadable).toEqual(["bad"]);
      const seen = openFailedEntries(place);
      expect(seen.failedEntries()).toMatchObject([
        {
          key: "bad",
          event: undefined,
          problem: expect.stringContaining("no audit log event") as string,
        },
      ]);
      outbox.bury("a", "no schema", 5);
      expect(seen.revive(undefined, 6)).toBeGreaterThanOrEqual(1);
      seen.close();
      expect(keys(outbox)).toContain("a");
      outbox.close();
    },
  );
});

describe("what an outbox costs", () => {
  it("counts without reading its letters, but after another process wrote", () => {
    const place = path();
    const outbox = openSqliteOutbox(place, 100_000);
    for (let index = 0; index < 50; index += 1) outbox.put(letter(`${index}`), index % 2 === 0, 1);
    const plans = new DatabaseSync(place);
    // The one question of health() is answered by the first entry of an index.
    const plan = plans
      .prepare(
        "EXPLAIN QUERY PLAN SELECT min(added_at) AS oldest FROM letters WHERE state != 'dead'",
      )
      .all();
    expect(JSON.stringify(plan)).toContain("USING INDEX letters_by_age");
    plans.close();
    expect(outbox.count()).toEqual({ waiting: 50, failed: 0, oldest: 1 });
    outbox.close();
  });

  it("tries a file that another process holds once a second, however many letters come", () => {
    const place = path();
    const file = openSqliteOutbox(place, 5_000);
    let tries = 0;
    let clock = 1;
    const count =
      <Given extends unknown[], Result>(work: (...given: Given) => Result) =>
      (...given: Given): Result => {
        tries += 1;
        return work(...given);
      };
    const outbox = withFallback(
      { ...file, put: count(file.put), adopt: count(file.adopt) },
      5_000,
      () => clock,
      () => undefined,
    );
    const other = new DatabaseSync(place);
    other.exec("BEGIN IMMEDIATE");
    for (let index = 0; index < 1_000; index += 1) outbox.put(letter(`${index}`), true, 1);
    expect([tries, outbox.spare()]).toEqual([1, 1_000]);
    for (let second = 0; second < 3; second += 1) {
      clock += 1_000;
      for (let index = 0; index < 100; index += 1) {
        outbox.put(letter(`${second} ${index}`), true, 1);
      }
    }
    expect([tries, outbox.spare()]).toEqual([4, 1_300]);
    other.close();
    outbox.close();
  });
});
