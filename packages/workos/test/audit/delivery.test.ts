import { describe, expect, it } from "vitest";
import type { WaitingEntry } from "../../src/audit/outbox.js";
import { ACCEPTED, setUpDelivery, letter, SILENT } from "./delivery-setup.js";

const tried = (key: string, at: number): WaitingEntry => ({
  ...letter(key),
  attempts: 1,
  firstTriedAt: at,
});

describe("delivery", () => {
  it("sends what is put and removes what was taken", async () => {
    const setup = setUpDelivery();
    setup.put("a", "b");
    await setup.pass(0);
    setup.put("c");
    await setup.pass(1);
    expect(setup.sent.map(([key]) => key)).toEqual(["a", "b", "c"]);
    expect(setup.outbox.size()).toBe(0);
    expect(setup.reports).toEqual([]);
  });

  it("has 32 letters of one organization on their way at most, so that half are left for others", async () => {
    const setup = setUpDelivery({ maxPerSecond: Infinity });
    let [onTheirWay, most] = [0, 0];
    setup.answer = async () => {
      most = Math.max(most, (onTheirWay += 1));
      await Promise.resolve();
      onTheirWay -= 1;
      return ACCEPTED;
    };
    setup.put(...Array.from({ length: 90 }, (_, index) => `${index}`));
    await setup.pass(10);
    expect(most).toBe(32);
    expect(setup.sent).toHaveLength(90);
  });

  it("has 64 letters of all organizations on their way at most", async () => {
    const setup = setUpDelivery({ maxPerSecond: Infinity });
    let [onTheirWay, most] = [0, 0];
    setup.answer = async () => {
      most = Math.max(most, (onTheirWay += 1));
      await Promise.resolve();
      onTheirWay -= 1;
      return ACCEPTED;
    };
    setup.put(...Array.from({ length: 150 }, (_, index) => `${index}:${index}`));
    await setup.pass(10);
    expect(most).toBe(64);
    expect(setup.sent).toHaveLength(150);
  });

  it("goes on when its time comes, whenever the clock ticks", async () => {
    for (let turns = 0; turns < 40; turns += 1) {
      const setup = setUpDelivery({ maxPerSecond: 50 });
      setup.put("1", "2", "3", "4", "5", "6");
      setup.answer = async ({ key }) => {
        if (key !== "5") return ACCEPTED;
        // The first five may be followed at 20, and it becomes 20 while the delivery looks at the clock.
        setup.clock.now = 19;
        void (async () => {
          for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
          setup.clock.now = 20;
        })();
        return ACCEPTED;
      };
      await setup.pass(0);
      setup.clock.now = 20;
      await setup.pass(1);
      expect([turns, setup.sent.at(-1)]).toEqual([turns, ["6", 20]]);
    }
  });

  it("sends no faster than it may", async () => {
    const setup = setUpDelivery({ maxPerSecond: 50 });
    setup.put(...Array.from({ length: 12 }, (_, index) => `${index}`));
    await setup.pass(1_000);
    expect(setup.sent.map(([, at]) => at)).toEqual([0, 0, 0, 0, 0, 20, 40, 60, 80, 100, 120, 140]);
    setup.put("late");
    await setup.pass(0);
    expect(setup.sent.at(-1)).toEqual(["late", 1_000]);
  });

  it("tries again later and later while WorkOS does not answer, loses nothing, and says so once", async () => {
    const setup = setUpDelivery();
    setup.answer = () => SILENT;
    setup.put("a");
    await setup.pass(600_000);
    expect(setup.sent.map(([, at]) => at / 1000)).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255, 511]);
    expect(setup.reports).toEqual(["unreachable: WorkOS answered 503"]);
    // What comes meanwhile does not knock more often.
    setup.put("b", "c");
    await setup.pass(1);
    expect(setup.sent).toHaveLength(10);
    setup.answer = () => ACCEPTED;
    await setup.pass(300_000);
    expect(setup.outbox.size()).toBe(0);
    expect(setup.reports[1]).toBe(
      "recovered: audit log events arrive again; those that waited follow",
    );
    expect(setup.reports).toHaveLength(2);
  });

  it("comes back from half of its wait on, so that a fleet does not come back as one", async () => {
    const setup = setUpDelivery({ random: () => 0 });
    setup.answer = () => SILENT;
    setup.put("a");
    await setup.pass(15_000);
    expect(setup.sent.map(([, at]) => at)).toEqual([0, 500, 1_500, 3_500, 7_500]);
  });

  it("lets one that fails wait longer each time, while the others arrive", async () => {
    const setup = setUpDelivery();
    setup.answer = ({ key }) => (key === "bad" ? SILENT : ACCEPTED);
    setup.put("bad");
    for (let at = 0; at < 80; at += 1) {
      setup.put(`${at}`);
      await setup.pass(100);
    }
    const bad = setup.sent.filter(([key]) => key === "bad").map(([, at]) => at);
    expect(bad).toEqual([0, 1_000, 3_000, 7_000]);
  });

  it.each(["busy", "unavailable"] as const)(
    "waits as long as Retry-After asks, %s",
    async (kind) => {
      const setup = setUpDelivery();
      setup.answer = () => ({ kind, problem: "WorkOS answered 429", retryAfter: 42 });
      setup.put("a");
      await setup.pass(41_999);
      expect(setup.sent).toHaveLength(1);
      setup.answer = () => ACCEPTED;
      await setup.pass(1);
      expect(setup.sent).toHaveLength(2);
    },
  );

  it("calls it no outage when it is told to come later, and keeps the order", async () => {
    const setup = setUpDelivery();
    let asked = 0;
    setup.answer = () =>
      (asked += 1) % 2 === 0
        ? { kind: "busy", problem: "WorkOS answered 429", retryAfter: 1 }
        : ACCEPTED;
    setup.put("a", "b", "c", "d");
    await setup.pass(0);
    expect(setup.outbox.due("org_01", 0, 9).map(({ key }) => key)).toEqual(["b", "d"]);
    await setup.pass(10_000);
    expect(setup.outbox.size()).toBe(0);
    expect(setup.reports).toEqual([]);
  });

  it("lets one that fails wait alone while the others arrive", async () => {
    const setup = setUpDelivery();
    setup.answer = ({ key }) => (key === "bad" ? SILENT : ACCEPTED);
    setup.put("bad", "a", "b");
    await setup.pass(0);
    expect(setup.outbox.size()).toBe(1);
    expect(setup.reports).toEqual([]);
    setup.put("c");
    await setup.pass(1);
    expect(setup.sent.map(([key]) => key)).toEqual(["bad", "a", "b", "c"]);
  });

  it("buries what is refused, and goes on", async () => {
    const setup = setUpDelivery();
    setup.answer = ({ key }) =>
      key === "bad" ? { kind: "refused", problem: "WorkOS answered 400" } : ACCEPTED;
    setup.put("bad", "a");
    await setup.pass(0);
    expect(setup.dead).toEqual(["bad: WorkOS answered 400"]);
    expect(setup.outbox.failedEntries()).toMatchObject([{ key: "bad", failedAt: 0 }]);
    expect(setup.outbox.size()).toBe(0);
    setup.answer = () => ACCEPTED;
    setup.outbox.revive(undefined, setup.clock.now);
    await setup.pass(30_000);
    expect(setup.sent.map(([key]) => key)).toEqual(["bad", "a", "bad"]);
  });

  it("gives a letter up after twenty hours, before its key means nothing any more", async () => {
    const setup = setUpDelivery();
    setup.answer = () => SILENT;
    setup.put("a");
    await setup.pass(20 * 3_600_000 - 1);
    expect(setup.dead).toEqual([]);
    await setup.pass(5 * 60_000);
    expect(setup.dead).toEqual(["a: not taken for 20 hours: WorkOS answered 503"]);
    expect(setup.outbox.count()).toMatchObject({ waiting: 0, failed: 1 });
    expect(setup.reports).toEqual(["unreachable: WorkOS answered 503"]);
  });

  it("does not send again what was first sent twenty hours ago: whether it was taken is not known any more", async () => {
    const setup = setUpDelivery();
    for (const key of ["old", "young"]) {
      setup.outbox.put(letter(key), true, 0);
    }
    // By a process before this one.
    setup.outbox.note(tried("old", 0), 0);
    setup.outbox.note(tried("young", 3_600_000), 0);
    setup.clock.now = 20 * 3_600_000;
    setup.delivery.wake();
    await setup.pass(0);
    expect(setup.sent.map(([key]) => key)).toEqual(["young"]);
    expect(setup.dead).toEqual(["old: not taken for 20 hours"]);
    setup.outbox.put(letter("older"), true, 0);
    setup.outbox.note(tried("older", 0), 0);
    await setup.delivery.flush(5_000);
    expect(setup.sent).toHaveLength(1);
    expect(setup.dead).toHaveLength(2);
  });

  it("passes over however many are too old to those that are not", async () => {
    const setup = setUpDelivery();
    const old = Array.from({ length: 12 }, (_, index) => `old ${index}`);
    for (const key of [...old, "young"]) {
      setup.outbox.put(letter(key), true, 0);
    }
    for (const key of old) setup.outbox.note(tried(key, 0), 0);
    setup.clock.now = 20 * 3_600_000;
    setup.delivery.wake();
    await setup.pass(0);
    expect(setup.dead).toHaveLength(12);
    expect(setup.sent.map(([key]) => key)).toEqual(["young"]);
  });

  it("survives an outbox that fails, and tries again", async () => {
    const setup = setUpDelivery();
    const { due } = setup.outbox;
    Object.assign(setup.outbox, {
      due: () => {
        throw new Error("disk full");
      },
    });
    setup.put("a");
    // At 0, 1 and 3 s, and next at 7 s.
    await setup.pass(5_000);
    expect(setup.reports).toEqual(["unreachable: the outbox cannot be used: disk full"]);
    Object.assign(setup.outbox, { due });
    await setup.pass(2_000);
    expect(setup.sent).toEqual([["a", 7_000]]);
  });

  it("does not stand still because the clock was set back", async () => {
    const setup = setUpDelivery({ maxPerSecond: 50 });
    setup.clock.now = 10_000_000;
    setup.put("a");
    await setup.pass(100);
    setup.clock.now -= 3_600_000;
    setup.put("b");
    await setup.pass(100);
    expect(setup.sent.map(([key]) => key)).toEqual(["a", "b"]);
  });

  it("does nothing any more once it is closed", async () => {
    const setup = setUpDelivery();
    setup.delivery.close();
    setup.put("a");
    await setup.pass(600_000);
    expect(setup.sent).toEqual([]);
  });
});
