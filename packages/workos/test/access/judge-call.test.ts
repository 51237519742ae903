import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { judgeCall, type JudgingContext } from "../../src/access/judge-call.js";
import { compileRule } from "../../src/access/compile-rule.js";
import type { Check, Rule } from "../../src/access/rule.js";
import { WorkOSAuthError } from "../../src/errors.js";
import type { Caller } from "../../src/session/caller.js";

const RIGHTS = {
  caller: "user",
  organizationId: "org_01ACME",
  scopes: [],
  roles: [],
  permissions: [],
  hasFlag: () => false,
} as const;

const CALLER: Caller = {
  kind: "user",
  id: "user_01ADA",
  organizationId: "org_01ACME",
  clientId: undefined,
  scopes: [],
  impersonator: undefined,
  claims: {} as never,
};

function judging(given: Rule, more: Partial<JudgingContext> = {}) {
  const reported: string[] = [];
  const rule = compileRule(given, "r", new Set(["user", "application"]), []);
  const denial = judgeCall(rule, { kind: "tool", name: "send", arguments: {} }, RIGHTS, {
    satisfies: () => false,
    caller: () => CALLER,
    workos: () => ({}) as never,
    access: () => () => Promise.reject(new Error("unexpected")),
    report: (error) => reported.push((error as Error).message),
    ...more,
  });
  return { denial: Promise.resolve(denial), reported };
}

const no: Check = () => false;
const yes: Check = () => Promise.resolve(true);
const never: Check = () => new Promise(() => undefined);
const broken: Check = () => {
  throw new Error("out of order");
};
const unreachable: Check = () =>
  Promise.reject(new WorkOSAuthError("access_unavailable", "WorkOS is away"));

describe("a check", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("that gives no answer within ten seconds has failed", async () => {
    const { denial, reported } = judging({ check: never });
    await vi.advanceTimersByTimeAsync(9_999);
    expect(reported).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await denial).toEqual({ reason: "check_failed" });
    expect(reported).toEqual(["no answer within 10 seconds"]);
  });

  it("that answers leaves no timer behind", async () => {
    expect(await judging({ check: yes }).denial).toBeUndefined();
    expect(await judging({ check: no }).denial).toEqual({ reason: "check_denied" });
    expect(await judging({ check: broken }).denial).toEqual({ reason: "check_failed" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("that answers after its time changes nothing any more, and its rejection is dropped", async () => {
    let reject: (error: Error) => void = () => undefined;
    const late: Check = () =>
      new Promise((_, fail) => {
        reject = fail;
      });
    const { denial, reported } = judging({ check: late });
    await vi.advanceTimersByTimeAsync(10_000);
    reject(new Error("too late"));
    expect(await denial).toEqual({ reason: "check_failed" });
    expect(reported).toEqual(["no answer within 10 seconds"]);
  });

  it.each<[string, readonly Check[], string]>([
    ["no answer but a denial", [no, no], "check_denied"],
    ["a mistake before a denial", [broken, no], "check_failed"],
    ["a mistake after a denial", [no, broken], "check_failed"],
    ["an outage before a mistake", [unreachable, broken, no], "access_unavailable"],
    ["an outage after a mistake", [no, broken, unreachable], "access_unavailable"],
  ])("of several, none of which allows, says %s", async (_, checks, reason) => {
    expect(await judging({ anyOf: checks.map((check) => ({ check })) as never }).denial).toEqual({
      reason,
    });
  });

  it("that another one makes up for is forgotten", async () => {
    const checks = [unreachable, broken, no, yes].map((check) => ({ check }));
    expect(await judging({ anyOf: checks as never }).denial).toBeUndefined();
  });

  it("gives way to an alternative that the caller can do more about, and not to one of less", async () => {
    expect(await judging({ anyOf: [{ check: no }, { role: "admin" }] }).denial).toEqual({
      reason: "access_missing",
      missing: { role: ["admin"] },
    });
    expect(await judging({ anyOf: [{ check: unreachable }, { role: "admin" }] }).denial).toEqual({
      reason: "access_unavailable",
    });
    expect(await judging({ anyOf: [{ check: no }, { scopes: ["mail"] }] }).denial).toEqual({
      reason: "insufficient_scope",
      scopes: ["mail"],
      otherwise: { reason: "check_denied" },
    });
    expect(await judging({ anyOf: [{ check: no }, { caller: "application" }] }).denial).toEqual({
      reason: "check_denied",
    });
    // No user is sent to sign in for what the check might have allowed.
    expect(await judging({ anyOf: [{ check: unreachable }, { scopes: ["mail"] }] }).denial).toEqual(
      {
        reason: "access_unavailable",
      },
    );
  });

  it("an error of another copy of this package is known by its code", async () => {
    const foreign = Object.assign(new Error("away"), { code: "access_unavailable" });
    expect(await judging({ check: () => Promise.reject(foreign) }).denial).toEqual({
      reason: "access_unavailable",
    });
    const other = Object.assign(new Error("away"), { code: "ECONNREFUSED" });
    expect(await judging({ check: () => Promise.reject(other) }).denial).toEqual({
      reason: "check_failed",
    });
    const thing: Check = () => {
      // oxlint-disable-next-line typescript/only-throw-error -- anything can be thrown
      throw { code: "access_unavailable" };
    };
    expect(await judging({ check: thing }).denial).toEqual({ reason: "check_failed" });
  });
});
