import { describe, expect, it } from "vitest";
import type { DeliveryResult } from "../../src/workos/audit-log-event.js";
import { ACCEPTED, setUpDelivery, settle, SILENT, type DeliverySetup } from "./delivery-setup.js";

/** Lets what is sent wait for its answer; each of these accepts one letter. */
function held(setup: DeliverySetup): readonly (() => void)[] {
  const answers: (() => void)[] = [];
  setup.answer = async () =>
    new Promise((resolve) =>
      answers.push(() => {
        resolve(ACCEPTED);
      }),
    );
  return answers;
}

describe("a flush", () => {
  it("flushes without regard to the pace, and ends when there is nothing left", async () => {
    const setup = setUpDelivery({ maxPerSecond: 1 });
    setup.put(...Array.from({ length: 20 }, (_, index) => `${index}`));
    await setup.delivery.flush(5_000);
    expect(setup.sent).toHaveLength(20);
    expect(setup.outbox.size()).toBe(0);
    // Nothing to send is no failure.
    await setup.delivery.flush(5_000);
    expect(setup.reports).toEqual([]);
  });

  it("begins nothing more when the time for a flush is over", async () => {
    const setup = setUpDelivery();
    setup.answer = () => {
      setup.clock.now += 200;
      return ACCEPTED;
    };
    setup.put(...Array.from({ length: 20 }, (_, index) => `${index}`));
    await setup.delivery.flush(1_500);
    expect(setup.sent).toHaveLength(8);
  });

  it("plans nothing that outlives it, flushed or closed in the middle of a round", async () => {
    const flushed = setUpDelivery();
    flushed.put("a");
    await flushed.pass(0);
    await flushed.delivery.flush(5_000);
    flushed.delivery.close();
    expect(flushed.planned()).toBe(0);

    const busy = setUpDelivery();
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
    const setup = setUpDelivery();
    setup.answer = ({ key }) => (key === "bad" ? SILENT : ACCEPTED);
    setup.put("bad", "a");
    await setup.pass(0);
    setup.put("b");
    await setup.delivery.flush(5_000);
    expect(setup.sent.map(([key]) => key)).toEqual(["bad", "a", "bad", "b"]);
    expect(setup.outbox.size()).toBe(1);
    setup.answer = () => ACCEPTED;
    await setup.delivery.flush(5_000);
    expect(setup.outbox.size()).toBe(0);
  });

  it("flushes once more when WorkOS did not answer before, and not over and over", async () => {
    const setup = setUpDelivery();
    setup.answer = () => SILENT;
    setup.put("a");
    await setup.pass(0);
    await setup.delivery.flush(5_000);
    expect(setup.sent).toHaveLength(2);
    setup.answer = () => ACCEPTED;
    await setup.delivery.flush(5_000);
    expect(setup.outbox.size()).toBe(0);
  });

  it.each(["busy", "unavailable"] as const)(
    "does not knock while it flushes when it was told to come much later, %s",
    async (kind) => {
      const setup = setUpDelivery();
      setup.answer = () => ({ kind, problem: "WorkOS answered 429", retryAfter: 60 });
      setup.put("a", "b", "c");
      await setup.delivery.flush(5_000);
      expect(setup.sent).toHaveLength(3);
      // Told before, it does not even begin.
      await setup.delivery.flush(5_000);
      expect(setup.sent).toHaveLength(3);
    },
  );

  it("waits while it flushes when it was told to come soon", async () => {
    const setup = setUpDelivery();
    setup.answer = () => ({ kind: "busy", problem: "WorkOS answered 429", retryAfter: 2 });
    setup.put("a");
    let isOver = false;
    void setup.delivery.flush(5_000).then(() => {
      isOver = true;
    });
    await setup.pass(1_999);
    expect(setup.sent).toHaveLength(1);
    await setup.pass(1);
    expect(setup.sent).toHaveLength(2);
    setup.answer = () => ACCEPTED;
    await setup.pass(2_000);
    await settle();
    expect(setup.sent.map(([, at]) => at)).toEqual([0, 2_000, 4_000]);
    expect(isOver).toBe(true);
    expect(setup.outbox.size()).toBe(0);
  });

  it("flushes for no longer than it may, whatever holds it up", async () => {
    const setup = setUpDelivery();
    setup.answer = async () => new Promise(() => undefined);
    setup.put("a");
    await setup.pass(0);
    let isOver = false;
    void setup.delivery.flush(5_000).then(() => {
      isOver = true;
    });
    await setup.pass(4_999);
    expect(isOver).toBe(false);
    await setup.pass(1);
    await settle();
    expect(isOver).toBe(true);
    expect(setup.outbox.size()).toBe(1);
  });

  it("never sends a letter twice at a time, flush or not", async () => {
    const setup = setUpDelivery();
    const answers = held(setup);
    setup.put("a");
    await setup.pass(0);
    const flushed = setup.delivery.flush(60_000);
    setup.delivery.wake();
    await setup.pass(10);
    expect(setup.sent).toHaveLength(1);
    for (const answer of answers) answer();
    await flushed;
    expect(setup.sent).toHaveLength(1);
  });

  it("never sends a letter twice at a time, when its turn comes while a flush is sending it", async () => {
    const setup = setUpDelivery({ maxPerSecond: 1 });
    const answers = held(setup);
    setup.put("a");
    await setup.pass(0);
    setup.put("b");
    void setup.delivery.flush(60_000);
    answers[0]?.();
    await setup.pass(5_000);
    expect(setup.sent.map(([key]) => key)).toEqual(["a", "b"]);
  });

  it("comes back when it was told to, though the clock was set back meanwhile", async () => {
    const setup = setUpDelivery();
    setup.clock.now = 10_000_000;
    setup.answer = () => ({ kind: "busy", problem: "WorkOS answered 429", retryAfter: 2 });
    setup.put("a");
    await setup.pass(0);
    setup.clock.now -= 3_600_000;
    setup.answer = () => ACCEPTED;
    void setup.delivery.flush(5_000);
    await setup.pass(1_999);
    expect(setup.sent).toHaveLength(1);
    await setup.pass(1);
    expect(setup.sent).toHaveLength(2);
  });
});
