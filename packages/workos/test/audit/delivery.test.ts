import { describe, expect, it } from "vitest";
import type { WaitingEntry } from "../../src/audit/outbox.js";
import { ACCEPTED, createDesk, letter, SILENT } from "./delivery-desk.js";

const tried = (key: string, at: number): WaitingEntry => ({
  ...letter(key),
  attempts: 1,
  firstTriedAt: at,
});

describe("delivery", () => {
  it("sends what is put and removes what was taken", async () => {
    const desk = createDesk();
    desk.put("a", "b");
    await desk.pass(0);
    desk.put("c");
    await desk.pass(1);
    expect(desk.sent.map(([key]) => key)).toEqual(["a", "b", "c"]);
    expect(desk.outbox.size()).toBe(0);
    expect(desk.reports).toEqual([]);
  });

  it("has 32 letters of one organization on their way at most, so that half are left for others", async () => {
    const desk = createDesk({ maxPerSecond: Infinity });
    let [onTheirWay, most] = [0, 0];
    desk.answer = async () => {
      most = Math.max(most, (onTheirWay += 1));
      await Promise.resolve();
      onTheirWay -= 1;
      return ACCEPTED;
    };
    desk.put(...Array.from({ length: 90 }, (_, index) => `${index}`));
    await desk.pass(10);
    expect(most).toBe(32);
    expect(desk.sent).toHaveLength(90);
  });

  it("has 64 letters of all organizations on their way at most", async () => {
    const desk = createDesk({ maxPerSecond: Infinity });
    let [onTheirWay, most] = [0, 0];
    desk.answer = async () => {
      most = Math.max(most, (onTheirWay += 1));
      await Promise.resolve();
      onTheirWay -= 1;
      return ACCEPTED;
    };
    desk.put(...Array.from({ length: 150 }, (_, index) => `${index}:${index}`));
    await desk.pass(10);
    expect(most).toBe(64);
    expect(desk.sent).toHaveLength(150);
  });

  it("goes on when its time comes, whenever the clock ticks", async () => {
    for (let turns = 0; turns < 40; turns += 1) {
      const desk = createDesk({ maxPerSecond: 50 });
      desk.put("1", "2", "3", "4", "5", "6");
      desk.answer = async ({ key }) => {
        if (key !== "5") return ACCEPTED;
        // The first five may be followed at 20, and it becomes 20 while the delivery looks at the clock.
        desk.clock.now = 19;
        void (async () => {
          for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
          desk.clock.now = 20;
        })();
        return ACCEPTED;
      };
      await desk.pass(0);
      desk.clock.now = 20;
      await desk.pass(1);
      expect([turns, desk.sent.at(-1)]).toEqual([turns, ["6", 20]]);
    }
  });

  it("sends no faster than it may", async () => {
    const desk = createDesk({ maxPerSecond: 50 });
    desk.put(...Array.from({ length: 12 }, (_, index) => `${index}`));
    await desk.pass(1_000);
    expect(desk.sent.map(([, at]) => at)).toEqual([0, 0, 0, 0, 0, 20, 40, 60, 80, 100, 120, 140]);
    desk.put("late");
    await desk.pass(0);
    expect(desk.sent.at(-1)).toEqual(["late", 1_000]);
  });

  it("tries again later and later while nobody answers, loses nothing, and says so once", async () => {
    const desk = createDesk();
    desk.answer = () => SILENT;
    desk.put("a");
    await desk.pass(600_000);
    expect(desk.sent.map(([, at]) => at / 1000)).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255, 511]);
    expect(desk.reports).toEqual(["unreachable: WorkOS answered 503"]);
    // What comes meanwhile does not knock more often.
    desk.put("b", "c");
    await desk.pass(1);
    expect(desk.sent).toHaveLength(10);
    desk.answer = () => ACCEPTED;
    await desk.pass(300_000);
    expect(desk.outbox.size()).toBe(0);
    expect(desk.reports[1]).toBe(
      "recovered: audit log events arrive again; those that waited follow",
    );
    expect(desk.reports).toHaveLength(2);
  });

  it("comes back from half of its wait on, so that a fleet does not come back as one", async () => {
    const desk = createDesk({ random: () => 0 });
    desk.answer = () => SILENT;
    desk.put("a");
    await desk.pass(15_000);
    expect(desk.sent.map(([, at]) => at)).toEqual([0, 500, 1_500, 3_500, 7_500]);
  });

  it("lets one that fails wait longer each time, while the others arrive", async () => {
    const desk = createDesk();
    desk.answer = ({ key }) => (key === "bad" ? SILENT : ACCEPTED);
    desk.put("bad");
    for (let at = 0; at < 80; at += 1) {
      desk.put(`${at}`);
      await desk.pass(100);
    }
    const bad = desk.sent.filter(([key]) => key === "bad").map(([, at]) => at);
    expect(bad).toEqual([0, 1_000, 3_000, 7_000]);
  });

  it.each(["busy", "unavailable"] as const)(
    "waits as long as Retry-After asks, %s",
    async (kind) => {
      const desk = createDesk();
      desk.answer = () => ({ kind, problem: "WorkOS answered 429", retryAfter: 42 });
      desk.put("a");
      await desk.pass(41_999);
      expect(desk.sent).toHaveLength(1);
      desk.answer = () => ACCEPTED;
      await desk.pass(1);
      expect(desk.sent).toHaveLength(2);
    },
  );

  it("calls it no outage when it is told to come later, and keeps the order", async () => {
    const desk = createDesk();
    let asked = 0;
    desk.answer = () =>
      (asked += 1) % 2 === 0
        ? { kind: "busy", problem: "WorkOS answered 429", retryAfter: 1 }
        : ACCEPTED;
    desk.put("a", "b", "c", "d");
    await desk.pass(0);
    expect(desk.outbox.due("org_01", 0, 9).map(({ key }) => key)).toEqual(["b", "d"]);
    await desk.pass(10_000);
    expect(desk.outbox.size()).toBe(0);
    expect(desk.reports).toEqual([]);
  });

  it("lets one that fails wait alone while the others arrive", async () => {
    const desk = createDesk();
    desk.answer = ({ key }) => (key === "bad" ? SILENT : ACCEPTED);
    desk.put("bad", "a", "b");
    await desk.pass(0);
    expect(desk.outbox.size()).toBe(1);
    expect(desk.reports).toEqual([]);
    desk.put("c");
    await desk.pass(1);
    expect(desk.sent.map(([key]) => key)).toEqual(["bad", "a", "b", "c"]);
  });

  it("buries what is refused, and goes on", async () => {
    const desk = createDesk();
    desk.answer = ({ key }) =>
      key === "bad" ? { kind: "refused", problem: "WorkOS answered 400" } : ACCEPTED;
    desk.put("bad", "a");
    await desk.pass(0);
    expect(desk.dead).toEqual(["bad: WorkOS answered 400"]);
    expect(desk.outbox.failedEntries()).toMatchObject([{ key: "bad", failedAt: 0 }]);
    expect(desk.outbox.size()).toBe(0);
    desk.answer = () => ACCEPTED;
    desk.outbox.revive(undefined, desk.clock.now);
    await desk.pass(30_000);
    expect(desk.sent.map(([key]) => key)).toEqual(["bad", "a", "bad"]);
  });

  it("gives a letter up after twenty hours, before its key means nothing any more", async () => {
    const desk = createDesk();
    desk.answer = () => SILENT;
    desk.put("a");
    await desk.pass(20 * 3_600_000 - 1);
    expect(desk.dead).toEqual([]);
    await desk.pass(5 * 60_000);
    expect(desk.dead).toEqual(["a: not taken for 20 hours: WorkOS answered 503"]);
    expect(desk.outbox.count()).toMatchObject({ waiting: 0, failed: 1 });
    expect(desk.reports).toEqual(["unreachable: WorkOS answered 503"]);
  });

  it("does not send again what was first sent twenty hours ago: whether it was taken is not known any more", async () => {
    const desk = createDesk();
    for (const key of ["old", "young"]) {
      desk.outbox.put(letter(key), true, 0);
    }
    // By a process before this one.
    desk.outbox.note(tried("old", 0), 0);
    desk.outbox.note(tried("young", 3_600_000), 0);
    desk.clock.now = 20 * 3_600_000;
    desk.delivery.wake();
    await desk.pass(0);
    expect(desk.sent.map(([key]) => key)).toEqual(["young"]);
    expect(desk.dead).toEqual(["old: not taken for 20 hours"]);
    desk.outbox.put(letter("older"), true, 0);
    desk.outbox.note(tried("older", 0), 0);
    await desk.delivery.flush(5_000);
    expect(desk.sent).toHaveLength(1);
    expect(desk.dead).toHaveLength(2);
  });

  it("passes over however many are too old to those that are not", async () => {
    const desk = createDesk();
    const old = Array.from({ length: 12 }, (_, index) => `old ${index}`);
    for (const key of [...old, "young"]) {
      desk.outbox.put(letter(key), true, 0);
    }
    for (const key of old) desk.outbox.note(tried(key, 0), 0);
    desk.clock.now = 20 * 3_600_000;
    desk.delivery.wake();
    await desk.pass(0);
    expect(desk.dead).toHaveLength(12);
    expect(desk.sent.map(([key]) => key)).toEqual(["young"]);
  });

  it("survives an outbox that fails, and tries again", async () => {
    const desk = createDesk();
    const { due } = desk.outbox;
    Object.assign(desk.outbox, {
      due: () => {
        throw new Error("disk full");
      },
    });
    desk.put("a");
    // At 0, 1 and 3 s, and next at 7 s.
    await desk.pass(5_000);
    expect(desk.reports).toEqual(["unreachable: the outbox cannot be used: disk full"]);
    Object.assign(desk.outbox, { due });
    await desk.pass(2_000);
    expect(desk.sent).toEqual([["a", 7_000]]);
  });

  it("does not stand still because the clock was set back", async () => {
    const desk = createDesk({ maxPerSecond: 50 });
    desk.clock.now = 10_000_000;
    desk.put("a");
    await desk.pass(100);
    desk.clock.now -= 3_600_000;
    desk.put("b");
    await desk.pass(100);
    expect(desk.sent.map(([key]) => key)).toEqual(["a", "b"]);
  });

  it("does nothing any more once it is closed", async () => {
    const desk = createDesk();
    desk.delivery.close();
    desk.put("a");
    await desk.pass(600_000);
    expect(desk.sent).toEqual([]);
  });
});
