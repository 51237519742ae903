import { describe, expect, it } from "vitest";
import type { DeliveryResult } from "../../src/workos/audit-log-event.js";
import { ACCEPTED, createDesk, settle, SILENT, type Desk } from "./delivery-desk.js";

/** Lets what is sent wait for its answer; each of these accepts one letter. */
function held(desk: Desk): readonly (() => void)[] {
  const answers: (() => void)[] = [];
  desk.answer = async () =>
    new Promise((resolve) =>
      answers.push(() => {
        resolve(ACCEPTED);
      }),
    );
  return answers;
}

describe("a flush", () => {
  it("flushes without regard to the pace, and ends when there is nothing left", async () => {
    const desk = createDesk({ maxPerSecond: 1 });
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
    await desk.delivery.flush(1_500);
    expect(desk.sent).toHaveLength(8);
  });

  it("plans nothing that outlives it, flushed or closed in the middle of a round", async () => {
    const flushed = createDesk();
    flushed.put("a");
    await flushed.pass(0);
    await flushed.delivery.flush(5_000);
    flushed.delivery.close();
    expect(flushed.planned()).toBe(0);

    const busy = createDesk();
    let answer: (sent: DeliveryResult) => void = () => undefined;
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
    const answers = held(desk);
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
    const desk = createDesk({ maxPerSecond: 1 });
    const answers = held(desk);
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
});
