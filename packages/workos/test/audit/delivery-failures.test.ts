import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { openSqliteOutbox } from "../../src/audit/sqlite-outbox.js";
import type { DeliveryResult } from "../../src/workos/audit-log-event.js";
import { createMemoryOutbox } from "../../src/audit/memory-outbox.js";
import type { Outbox } from "../../src/audit/outbox.js";
import { ACCEPTED, setUpDelivery, SILENT } from "./delivery-setup.js";

const folder = mkdtempSync(join(tmpdir(), "delivery-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let files = 0;
const outboxes: readonly (readonly [string, () => Outbox])[] = [
  ["in memory", () => createMemoryOutbox(1_000)],
  ["in a SQLite file", () => openSqliteOutbox(join(folder, `${(files += 1)}.sqlite`), 1_000)],
];

/** What an attempt meets: it fails, is put off, arrives without an answer, or arrives. */
const fate = fc.constantFrom("503", "503", "429", "lost answer", "rejects", "taken", "taken");

describe.each(outboxes)("delivery from an outbox %s", (_name, open) => {
  it("T-23: delivers every letter, none twice, within a bounded number of attempts, under random partial failures", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fate, { maxLength: 6 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (fates, organizations, random) => {
          const outbox = open();
          const setup = setUpDelivery({ outbox, random: () => random, maxPerSecond: 50 });
          setup.clock.now = 1_000.25;
          const taken: string[] = [];
          const keysSeen = new Set<string>();
          const left = new Map(
            fates.map((list, index) => [`${index % organizations}:${index}`, [...list]]),
          );
          setup.answer = ({ key }): DeliveryResult => {
            const next = left.get(key)?.shift() ?? "taken";
            if (next === "503") return SILENT;
            if (next === "429") return { kind: "busy", problem: "429", retryAfter: 0.3 };
            if (next === "rejects") throw new Error("no promise kept");
            // By WorkOS, which takes a key once.
            if (!keysSeen.has(key)) taken.push(key);
            keysSeen.add(key);
            return next === "taken" ? ACCEPTED : SILENT;
          };
          setup.put(...left.keys());
          await setup.pass(20 * 60_000);
          const attempts = fates.reduce((sum, list) => sum + list.length + 1, 0);
          expect(taken.toSorted()).toEqual([...left.keys()].toSorted());
          expect(setup.sent.length).toBeLessThanOrEqual(attempts);
          expect(outbox.count()).toMatchObject({ waiting: 0, failed: 0 });
          outbox.close();
        },
      ),
      { numRuns: 25 },
    );
  });

  it("settles each letter on its own when the wait is no whole number of milliseconds", async () => {
    const outbox = open();
    const setup = setUpDelivery({ outbox, random: () => 1 / 3 });
    let failed = 0;
    setup.answer = ({ key }) => (key === "bad" && (failed += 1) < 3 ? SILENT : ACCEPTED);
    setup.put("a", "bad", "b", "c", "d");
    await setup.pass(10_000);
    expect(setup.sent.map(([key]) => key)).toEqual(["a", "bad", "b", "c", "d", "bad", "bad"]);
    expect(outbox.size()).toBe(0);
    outbox.close();
  });

  it.each(["500", "hang"])(
    "T-21: sends others' letters while those of one organization fail (%s)",
    async (kind) => {
      const outbox = open();
      const setup = setUpDelivery({ outbox, maxPerSecond: Infinity });
      setup.answer = ({ organizationId }) => {
        if (organizationId !== "org_bad") return ACCEPTED;
        return kind === "hang" ? new Promise(() => undefined) : SILENT;
      };
      setup.put(...Array.from({ length: 200 }, (_, index) => `bad:${index}`));
      await setup.pass(10);
      setup.put(...Array.from({ length: 200 }, (_, index) => `good:${index}`));
      await setup.pass(10);
      const good = setup.sent.filter(([key]) => key.startsWith("good:"));
      expect(new Set(good).size).toBe(200);
      expect(outbox.size()).toBe(200);
      // What fails is tried ever more rarely.
      await setup.pass(60_000);
      expect(setup.sent.length - good.length).toBeLessThanOrEqual(60);
      outbox.close();
    },
  );
});

describe("delivery to several organizations", () => {
  it("reports an organization whose events wait, by name and once, and when they arrive again", async () => {
    const setup = setUpDelivery();
    setup.answer = ({ organizationId }) => (organizationId === "org_bad" ? SILENT : ACCEPTED);
    for (let at = 0; at < 30; at += 1) {
      setup.put(`good:${at}`, `bad:${at}`);
      await setup.pass(1_000);
    }
    expect(setup.reports).toEqual([
      "unreachable: events of org_bad wait, others arrive: WorkOS answered 503",
    ]);
    setup.answer = () => ACCEPTED;
    await setup.pass(600_000);
    expect(setup.reports.slice(1)).toEqual(["recovered: audit log events of org_bad arrive again"]);
    expect(setup.outbox.size()).toBe(0);
  });

  it("keeps its pace whatever each answer takes: 40 a second at 500 ms do not pile up", async () => {
    const setup = setUpDelivery({ maxPerSecond: 50 });
    setup.answer = async () => {
      const due = setup.clock.now + 500;
      return new Promise((resolve) => {
        later.push([
          due,
          () => {
            resolve(ACCEPTED);
          },
        ]);
      });
    };
    const later: [number, () => void][] = [];
    for (let step = 0; step < 400; step += 1) {
      setup.put(`${step}`);
      await setup.pass(25);
      while (later[0] !== undefined && later[0][0] <= setup.clock.now) later.shift()?.[1]();
      await setup.pass(0);
    }
    // Those of the last half second are on their way.
    expect(setup.outbox.size()).toBeLessThanOrEqual(22);
  });
});
