import { describe, expect, it } from "vitest";
import { createDelivery, type Delivery, type Sent } from "../../src/trail/delivery.js";
import { createMemoryOutbox, type Letter, type Outbox } from "../../src/trail/outbox.js";

const ACCEPTED: Sent = { kind: "accepted" };
const SILENT: Sent = { kind: "unavailable", problem: "WorkOS answered 503" };

interface Desk {
  readonly clock: { now: number };
  readonly outbox: Outbox;
  readonly delivery: Delivery;
  /** Keys in the order they were sent, each with the time. */
  readonly sent: (readonly [string, number])[];
  readonly reports: string[];
  readonly dead: string[];
  answer: (letter: Letter) => Sent | Promise<Sent>;
  readonly put: (...keys: string[]) => void;
  /** Lets time pass, with everything that was planned. */
  readonly pass: (milliseconds: number) => Promise<void>;
  /** Looks that are planned. */
  readonly planned: () => number;
}

function createDesk({ perSecond = 1_000_000, random = 1 } = {}): Desk {
  const clock = { now: 0 };
  const planned = new Map<object, { at: number; run: () => void }>();
  const outbox = createMemoryOutbox(1_000);
  const desk: Desk = {
    clock,
    outbox,
    sent: [],
    reports: [],
    dead: [],
    answer: () => ACCEPTED,
    put(...keys) {
      for (const key of keys)
        outbox.put({ key, organizationId: "org_01" } as Letter, true, clock.now);
      desk.delivery.wake();
    },
    async pass(milliseconds) {
      const end = clock.now + milliseconds;
      for (;;) {
        await settle();
        const next = [...planned].toSorted(([, one], [, other]) => one.at - other.at)[0];
        if (next === undefined || next[1].at > end) break;
        planned.delete(next[0]);
        clock.now = next[1].at;
        next[1].run();
      }
      clock.now = end;
    },
    planned: () => planned.size,
    delivery: createDelivery({
      outbox,
      now: () => clock.now,
      schedule(run, delay) {
        const id = {};
        planned.set(id, { at: clock.now + delay, run });
        return () => void planned.delete(id);
      },
      random: () => random,
      perSecond,
      async send(letter) {
        desk.sent.push([letter.key, clock.now]);
        return desk.answer(letter);
      },
      report: (state, detail) => desk.reports.push(`${state}: ${detail}`),
      onDead: ({ key }, problem, hasDropped) =>
        desk.dead.push(`${key}: ${problem}${hasDropped ? ", and another dropped" : ""}`),
    }),
  };
  return desk;
}

/** Everything that promises have to do at this moment. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
}

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

  it("has five letters on their way at most", async () => {
    const desk = createDesk();
    let [onTheirWay, most] = [0, 0];
    desk.answer = async () => {
      most = Math.max(most, (onTheirWay += 1));
      await Promise.resolve();
      onTheirWay -= 1;
      return ACCEPTED;
    };
    desk.put(...Array.from({ length: 23 }, (_, index) => `${index}`));
    await desk.pass(10);
    expect(most).toBe(5);
    expect(desk.sent).toHaveLength(23);
  });

  it("goes on when its time comes, whenever the clock ticks", async () => {
    for (let turns = 0; turns < 40; turns += 1) {
      const desk = createDesk({ perSecond: 50 });
      desk.put("1", "2", "3", "4", "5", "6");
      desk.answer = async ({ key }) => {
        if (key !== "5") return ACCEPTED;
        // The first five may be followed at 100, and it becomes 100 while the delivery looks at the clock.
        desk.clock.now = 99;
        void (async () => {
          for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
          desk.clock.now = 100;
        })();
        return ACCEPTED;
      };
      await desk.pass(0);
      desk.clock.now = 100;
      await desk.pass(1);
      expect([turns, desk.sent.at(-1)]).toEqual([turns, ["6", 100]]);
    }
  });

  it("sends no faster than it may", async () => {
    const desk = createDesk({ perSecond: 50 });
    desk.put(...Array.from({ length: 12 }, (_, index) => `${index}`));
    await desk.pass(1_000);
    expect(desk.sent.map(([, at]) => at)).toEqual([
      0, 0, 0, 0, 0, 100, 100, 100, 100, 100, 200, 200,
    ]);
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
    const desk = createDesk({ random: 0 });
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
    expect(desk.outbox.due(0, 9).map(({ key }) => key)).toEqual(["b", "d"]);
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
    expect(desk.outbox.deadLetters()).toMatchObject([{ key: "bad", buriedAt: 0 }]);
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
    expect(desk.outbox.count()).toMatchObject({ waiting: 0, dead: 1 });
    expect(desk.reports).toEqual(["unreachable: WorkOS answered 503"]);
  });

  it("does not send again what was first sent twenty hours ago: whether it was taken is not known any more", async () => {
    const desk = createDesk();
    for (const key of ["old", "young"]) {
      desk.outbox.put({ key, organizationId: "org_01" } as Letter, true, 0);
    }
    // By a process before this one.
    desk.outbox.tried(["old"], 0);
    desk.outbox.tried(["young"], 3_600_000);
    desk.clock.now = 20 * 3_600_000;
    desk.delivery.wake();
    await desk.pass(0);
    expect(desk.sent.map(([key]) => key)).toEqual(["young"]);
    expect(desk.dead).toEqual(["old: not taken for 20 hours"]);
    desk.outbox.put({ key: "older", organizationId: "org_01" } as Letter, true, 0);
    desk.outbox.tried(["older"], 0);
    await desk.delivery.flush(5_000);
    expect(desk.sent).toHaveLength(1);
    expect(desk.dead).toHaveLength(2);
  });

  it("passes over however many are too old to those that are not", async () => {
    const desk = createDesk();
    const old = Array.from({ length: 12 }, (_, index) => `old ${index}`);
    for (const key of [...old, "young"]) {
      desk.outbox.put({ key, organizationId: "org_01" } as Letter, true, 0);
    }
    desk.outbox.tried(old, 0);
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

  it("flushes without regard to the pace, and ends when there is nothing left", async () => {
    const desk = createDesk({ perSecond: 1 });
    desk.put(...Array.from({ length: 20 }, (_, index) => `${index}`));
    await desk.delivery.flush(5_000);
    expect(desk.sent).toHaveLength(20);
    expect(desk.outbox.size()).toBe(0);
    // Nothing to send is nobody's failure.
    await desk.delivery.flush(5_000);
    expect(desk.reports).toEqual([]);
  });

  it("begins nothing more when the time for a flush is over", async () => {
    const desk = createDesk();
    desk.answer = () => {
      desk.clock.now += 200;
      return ACCEPTED;
    };
    desk.put(...Array.from({ length: 20 }, (_, index) => `${index}`));
    // A second for each five.
    await desk.delivery.flush(1_500);
    expect(desk.sent).toHaveLength(10);
  });

  it("plans nothing that outlives it, flushed or closed in the middle of a round", async () => {
    const flushed = createDesk();
    flushed.put("a");
    await flushed.pass(0);
    await flushed.delivery.flush(5_000);
    flushed.delivery.close();
    expect(flushed.planned()).toBe(0);

    const busy = createDesk();
    let answer = (_: Sent): void => undefined;
    busy.answer = async () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    busy.put("a");
    await busy.pass(0);
    busy.delivery.close();
    answer(ACCEPTED);
    await busy.pass(0);
    expect([busy.sent.length, busy.outbox.size(), busy.planned()]).toEqual([1, 0, 0]);
  });

  it("flushes what was to wait alone, once", async () => {
    const desk = createDesk();
    desk.answer = ({ key }) => (key === "bad" ? SILENT : ACCEPTED);
    desk.put("bad", "a");
    await desk.pass(0);
    desk.put("b");
    await desk.delivery.flush(5_000);
    expect(desk.sent.map(([key]) => key)).toEqual(["bad", "a", "bad", "b"]);
    expect(desk.outbox.size()).toBe(1);
    desk.answer = () => ACCEPTED;
    await desk.delivery.flush(5_000);
    expect(desk.outbox.size()).toBe(0);
  });

  it("flushes once more when nobody answered before, and not over and over", async () => {
    const desk = createDesk();
    desk.answer = () => SILENT;
    desk.put("a");
    await desk.pass(0);
    await desk.delivery.flush(5_000);
    expect(desk.sent).toHaveLength(2);
    desk.answer = () => ACCEPTED;
    await desk.delivery.flush(5_000);
    expect(desk.outbox.size()).toBe(0);
  });

  it.each(["busy", "unavailable"] as const)(
    "does not knock while it flushes when it was told to come much later, %s",
    async (kind) => {
      const desk = createDesk();
      desk.answer = () => ({ kind, problem: "WorkOS answered 429", retryAfter: 60 });
      desk.put("a", "b", "c");
      await desk.delivery.flush(5_000);
      expect(desk.sent).toHaveLength(3);
      // Told before, it does not even begin.
      await desk.delivery.flush(5_000);
      expect(desk.sent).toHaveLength(3);
    },
  );

  it("waits while it flushes when it was told to come soon", async () => {
    const desk = createDesk();
    desk.answer = () => ({ kind: "busy", problem: "WorkOS answered 429", retryAfter: 2 });
    desk.put("a");
    let isOver = false;
    void desk.delivery.flush(5_000).then(() => {
      isOver = true;
    });
    await desk.pass(1_999);
    expect(desk.sent).toHaveLength(1);
    await desk.pass(1);
    expect(desk.sent).toHaveLength(2);
    desk.answer = () => ACCEPTED;
    await desk.pass(2_000);
    await settle();
    expect(desk.sent.map(([, at]) => at)).toEqual([0, 2_000, 4_000]);
    expect(isOver).toBe(true);
    expect(desk.outbox.size()).toBe(0);
  });

  it("flushes for no longer than it may, whoever holds it up", async () => {
    const desk = createDesk();
    desk.answer = async () => new Promise(() => undefined);
    desk.put("a");
    await desk.pass(0);
    let isOver = false;
    void desk.delivery.flush(5_000).then(() => {
      isOver = true;
    });
    await desk.pass(4_999);
    expect(isOver).toBe(false);
    await desk.pass(1);
    await settle();
    expect(isOver).toBe(true);
    expect(desk.outbox.size()).toBe(1);
  });

  it("never sends a letter twice at a time, flush or not", async () => {
    const desk = createDesk();
    const answers: (() => void)[] = [];
    desk.answer = async () =>
      new Promise((resolve) =>
        answers.push(() => {
          resolve(ACCEPTED);
        }),
      );
    desk.put("a");
    await desk.pass(0);
    const flushed = desk.delivery.flush(60_000);
    desk.delivery.wake();
    await desk.pass(10);
    expect(desk.sent).toHaveLength(1);
    for (const answer of answers) answer();
    await flushed;
    expect(desk.sent).toHaveLength(1);
  });

  it("never sends a letter twice at a time, when its turn comes while a flush is sending it", async () => {
    const desk = createDesk({ perSecond: 1 });
    const answers: (() => void)[] = [];
    desk.answer = async () =>
      new Promise((resolve) =>
        answers.push(() => {
          resolve(ACCEPTED);
        }),
      );
    desk.put("a");
    await desk.pass(0);
    desk.put("b");
    void desk.delivery.flush(60_000);
    answers[0]?.();
    await desk.pass(5_000);
    expect(desk.sent.map(([key]) => key)).toEqual(["a", "b"]);
  });

  it("comes back when it was told to, though the clock was set back meanwhile", async () => {
    const desk = createDesk();
    desk.clock.now = 10_000_000;
    desk.answer = () => ({ kind: "busy", problem: "WorkOS answered 429", retryAfter: 2 });
    desk.put("a");
    await desk.pass(0);
    desk.clock.now -= 3_600_000;
    desk.answer = () => ACCEPTED;
    void desk.delivery.flush(5_000);
    await desk.pass(1_999);
    expect(desk.sent).toHaveLength(1);
    await desk.pass(1);
    expect(desk.sent).toHaveLength(2);
  });

  it("does not stand still because the clock was set back", async () => {
    const desk = createDesk({ perSecond: 50 });
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
