import { createDelivery, type Delivery } from "../../src/audit/delivery.js";
import type { DeliveryResult } from "../../src/workos/audit-log-event.js";
import { createMemoryOutbox } from "../../src/audit/memory-outbox.js";
import type { OutboxEntry, Outbox } from "../../src/audit/outbox.js";

export const ACCEPTED: DeliveryResult = { kind: "accepted" };
export const SILENT: DeliveryResult = { kind: "unavailable", problem: "WorkOS answered 503" };

/** A letter of an organization, which is `org_01` when the key does not begin with another and a colon. */
export function letter(key: string): OutboxEntry {
  const organizationId = key.includes(":") ? `org_${key.split(":")[0]}` : "org_01";
  return {
    key,
    organizationId,
    event: {
      action: "mcp.tool.called",
      occurredAt: "2026-01-01T00:00:00.000Z",
      actor: { type: "user", id: "user_01ADA" },
      targets: [{ type: "tool", id: "refund" }],
      context: { location: "203.0.113.7" },
      metadata: {},
    },
  };
}

/** A delivery with an outbox, a clock and a WorkOS of its own. */
export interface DeliverySetup {
  readonly clock: { now: number };
  readonly outbox: Outbox;
  readonly delivery: Delivery;
  /** Keys in the order they were sent, each with the time. */
  readonly sent: (readonly [string, number])[];
  readonly reports: string[];
  readonly dead: string[];
  answer: (letter: OutboxEntry) => DeliveryResult | Promise<DeliveryResult>;
  readonly put: (...keys: string[]) => void;
  /** Lets time pass, with everything that was planned. */
  readonly pass: (milliseconds: number) => Promise<void>;
  /** Looks that are planned. */
  readonly planned: () => number;
}

export function setUpDelivery({
  maxPerSecond = 1_000_000,
  random = () => 1,
  outbox = createMemoryOutbox(1_000),
}: {
  readonly maxPerSecond?: number;
  readonly random?: () => number;
  readonly outbox?: Outbox;
} = {}): DeliverySetup {
  const clock = { now: 0 };
  const planned = new Map<object, { at: number; run: () => void }>();
  const setup: DeliverySetup = {
    clock,
    outbox,
    sent: [],
    reports: [],
    dead: [],
    answer: () => ACCEPTED,
    put(...keys) {
      for (const key of keys) outbox.put(letter(key), true, clock.now);
      setup.delivery.wake();
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
      random,
      maxPerSecond,
      async send(letter) {
        setup.sent.push([letter.key, clock.now]);
        return setup.answer(letter);
      },
      report: (state, detail) => setup.reports.push(`${state}: ${detail}`),
      onDead: ({ key }, problem, hasDropped) =>
        setup.dead.push(`${key}: ${problem}${hasDropped ? ", and another dropped" : ""}`),
    }),
  };
  return setup;
}

/** Everything that promises have to do at this moment. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
}
