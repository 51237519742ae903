import { expect, it } from "vitest";
import { logLines } from "../../src/observers/log-lines.js";
import { createRepeats } from "../../src/observers/repeats.js";
import type { AuthEvent } from "../../src/trail/event.js";
import { collect } from "../support/guarded-server.js";

const refused = (reason: string, address: string, id?: string): AuthEvent => ({
  kind: "refused",
  reason,
  status: 401,
  method: "POST",
  detail: "no",
  durationMs: 1,
  protocolVersion: undefined,
  from: { address, userAgent: undefined },
  ...(id === undefined ? {} : { caller: { kind: "user", id } }),
});

const TEXT = { format: "text", level: "info" } as const;

/** Log lines, and the timer that counts repetitions. */
function start() {
  const timers: (() => void)[] = [];
  const lines: string[] = [];
  const write = logLines({ logger: collect(lines), ...TEXT }, Date.now, (run) => {
    timers.push(run);
    return () => undefined;
  });
  return {
    write,
    lines,
    timers,
    pass: () => {
      for (const run of timers.splice(0)) run();
    },
  };
}

it("writes the first refusal of a kind at once, and a count of its repetitions once an interval", () => {
  const { write, lines, pass, timers } = start();
  for (let time = 0; time < 106_504; time += 1) write(refused("token_malformed", "203.0.113.7"));
  expect(lines).toEqual(["warn [workos] Refused POST with 401 token_malformed: no"]);
  pass();
  expect(lines.slice(1)).toEqual([
    "warn [workos] Refused POST with 401 token_malformed: no (the last of 106503 more of its kind within 60 s)",
  ]);
  write(refused("token_malformed", "203.0.113.7"));
  expect(lines).toHaveLength(2);
  pass();
  expect(lines).toHaveLength(3);
  pass();
  expect(timers).toHaveLength(0);
  write(refused("token_malformed", "203.0.113.7"));
  expect(lines).toHaveLength(4);
});

it("counts in JSON lines as a number", () => {
  const timers: (() => void)[] = [];
  const lines: string[] = [];
  const write = logLines({ logger: collect(lines), ...TEXT, format: "json" }, Date.now, (run) => {
    timers.push(run);
    return () => undefined;
  });
  write(refused("token_malformed", "203.0.113.7"));
  write(refused("token_malformed", "203.0.113.7"));
  timers[0]?.();
  expect(
    lines.map((line) => (JSON.parse(line.slice(5)) as { repeated?: number }).repeated),
  ).toEqual([undefined, 1]);
});

it("T-21: a stranger's flood from invented addresses hides neither another reason nor a known caller", () => {
  const { write, lines, pass } = start();
  for (let index = 0; index < 5_000; index += 1)
    write(refused("unknown_key", `2001:db8::${index}`));
  expect(lines).toHaveLength(101);
  write(refused("bad_signature", "203.0.113.7"));
  write(refused("token_revoked", "203.0.113.7", "user_01ADA"));
  write(refused("unknown_key", "203.0.113.7", "user_01ADA"));
  expect(lines.slice(101).map((line) => line.split(":", 1)[0])).toEqual([
    "warn [workos] Refused POST with 401 bad_signature",
    "warn [workos] Refused POST of user user_01ADA with 401 token_revoked",
    "warn [workos] Refused POST of user user_01ADA with 401 unknown_key",
  ]);
  pass();
  expect(lines.slice(104)).toEqual([
    "warn [workos] Refused POST with 401 unknown_key: no (the last of 4899 more of its kind within 60 s)",
  ]);
});

it("passes every event that is no refusal", () => {
  const isRepeated = createRepeats(
    () => () => undefined,
    () => undefined,
  );
  const fault = { kind: "fault", detail: "x" } as const;
  expect([isRepeated(fault), isRepeated(fault)]).toEqual([false, false]);
});
