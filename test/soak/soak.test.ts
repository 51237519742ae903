import { expect, it } from "vitest";
import { problemsOf, report } from "./report.ts";
import { soak, type SoakFigures } from "./soak.ts";

it("a server with everything on holds while keys rotate, AuthKit and the API fail and people are removed", async () => {
  const figures = await soak({ requests: 4_000, say: () => undefined });
  expect(problemsOf(figures)).toEqual([]);
  expect(figures.requests).toBeGreaterThanOrEqual(4_000);
  for (const trouble of ["a key is added", "the keys: down", "the API: down"]) {
    expect(figures.troubles[trouble]).toBeGreaterThanOrEqual(1);
  }
  expect(figures.streams.opened).toBe(figures.troubles["a person is removed"]);
  for (const kind of ["touch", "greet", "audited", "list", "denied"]) {
    expect(Object.keys(figures.statuses[kind] ?? {})).toEqual(["200"]);
  }
  for (const kind of ["forged", "expired", "foreign", "unknown key"]) {
    expect(Object.keys(figures.statuses[kind] ?? {})).toEqual(["401"]);
  }
  expect(figures.audit.called).toBeGreaterThan(100);
  expect(report(figures)).toContain("\nIt held.\n");
}, 300_000);

const reading = {
  heap: 30,
  rss: 300,
  timers: 10,
  listeners: 15,
  sockets: 2,
  warnings: ["ExperimentalWarning: something is new"],
};

const good: SoakFigures = {
  requests: 1_000,
  seconds: 1,
  statuses: { touch: { 200: 990 }, forged: { 401: 10 } },
  surprises: [],
  troubles: { "a key is added": 1 },
  streams: { opened: 1, ended: 1 },
  readings: [
    { after: 500, reading },
    { after: 1_000, reading: { ...reading, timers: 25, sockets: 10 } },
  ],
  idle: { before: reading, after: reading },
  audit: { called: 20, arrived: 20, twice: 0 },
  logged: { refused: 10 },
};

it.each<[string, Partial<SoakFigures>, string]>([
  ["a 5xx", { statuses: { touch: { 200: 989, 503: 1 } } }, "some answers were 5xx, or none"],
  ["a broken connection", { statuses: { touch: { 0: 1 } } }, "some answers were 5xx, or none"],
  [
    "a wrong answer",
    { surprises: [{ kind: "forged", during: "calm", status: 200, text: "hi" }] },
    "forged got 200 while calm: hi",
  ],
  ["a fault", { logged: { fault: 2 } }, "2 faults were logged"],
  [
    "an open stream",
    { streams: { opened: 2, ended: 1 } },
    "a stream outlived the access of its reader",
  ],
  [
    "a growing heap",
    {
      readings: [
        { after: 1, reading },
        { after: 2, reading: { ...reading, heap: 47 } },
      ],
    },
    "the heap grew by 17.0 MB",
  ],
  [
    "timers",
    { idle: { before: reading, after: { ...reading, timers: 11 } } },
    "1 timers were left behind",
  ],
  [
    "listeners",
    { idle: { before: reading, after: { ...reading, listeners: 17 } } },
    "2 listeners were left behind",
  ],
  [
    "connections",
    { idle: { before: reading, after: { ...reading, sockets: 3 } } },
    "1 connections were left behind",
  ],
  [
    "a warning of too many listeners",
    {
      idle: {
        before: reading,
        after: { ...reading, warnings: ["MaxListenersExceededWarning: x"] },
      },
    },
    "MaxListenersExceededWarning: x",
  ],
  [
    "a lost event",
    { audit: { called: 20, arrived: 19, twice: 0 } },
    "20 audited calls, 19 arrived",
  ],
  [
    "an event twice",
    { audit: { called: 20, arrived: 20, twice: 1 } },
    "1 audit log events arrived twice",
  ],
])("the soak's judge sees %s, and nothing in figures that are good", (_, wrong, problem) => {
  expect(problemsOf(good)).toEqual([]);
  expect(problemsOf({ ...good, ...wrong })).toEqual([problem]);
  expect(report({ ...good, ...wrong })).toContain(`- ${problem}`);
});
