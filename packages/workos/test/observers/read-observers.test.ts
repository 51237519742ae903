import { describe, expect, it } from "vitest";
import { openTelemetry } from "../../src/observers/open-telemetry.js";
import type { Observer, AuthEvent } from "../../src/index.js";
import { auditLogs } from "../../src/audit-logs.js";
import type { Problem } from "../../src/errors.js";
import { readObservers } from "../../src/observers/read-observers.js";
import { GOOD, problemsOf } from "../server/configuration-problems.js";

const idle = (name: string): Observer => ({ name, onEvent: () => undefined });
const EVENT: AuthEvent = { kind: "fault", detail: "x" };

describe("the option observers", () => {
  it.each<[string, unknown, Problem[]]>([
    [
      "a factory that was not called",
      [auditLogs],
      [
        {
          path: "observers[0]",
          message:
            "observers[0] is a function: call it if it makes an observer (auditLogs()), else write { name, onEvent(event) { … } }",
        },
      ],
    ],
    [
      "a function without a name behind a good one",
      [idle("siem"), (): undefined => undefined],
      [
        {
          path: "observers[1]",
          message:
            "observers[1] is a function: call it if it makes an observer (the function that makes it), else write { name, onEvent(event) { … } }",
        },
      ],
    ],
    [
      "a promise of an async factory",
      [Promise.resolve(idle("siem"))],
      [{ path: "observers[0]", message: "observers[0] is a promise: await it" }],
    ],
    [
      "two of one name",
      [idle("siem"), idle("queue"), idle("siem")],
      [
        {
          path: "observers[2]",
          message: 'observers[2] has the name "siem", as observers[0] has: give each its own',
        },
      ],
    ],
    [
      "two audit logs",
      [auditLogs(), auditLogs()],
      [
        {
          path: "observers[1]",
          message: 'observers[1] has the name "audit-logs", as observers[0] has: give each its own',
        },
      ],
    ],
    [
      "an object without anything",
      [{}],
      [
        {
          path: "observers[0].name",
          message: 'observers[0].name must be a text of 1 to 64 characters, such as "siem"',
        },
        {
          path: "observers[0].onEvent",
          message: "observers[0].onEvent must be a function that takes an event",
        },
      ],
    ],
    [
      "a name that is too long, or blank",
      [idle("x".repeat(65)), idle(" ")],
      [0, 1].map((index) => ({
        path: `observers[${index}].name`,
        message: `observers[${index}].name must be a text of 1 to 64 characters, such as "siem"`,
      })),
    ],
    [
      "no object",
      ["logs", null],
      [0, 1].map((index) => ({
        path: `observers[${index}]`,
        message: `observers[${index}] must be an object with name and onEvent(event), as auditLogs() returns it`,
      })),
    ],
    [
      "no list",
      auditLogs(),
      [
        {
          path: "observers",
          message: "observers must be a list of observers, such as [auditLogs()]",
        },
      ],
    ],
    [
      "a getter that throws",
      [
        {
          get name(): never {
            throw new Error("no");
          },
        },
      ],
      [
        {
          path: "observers[0]",
          message: "observers[0] cannot be read: a getter or a proxy throws",
        },
      ],
    ],
  ])("refuses %s, with path and cure", (_, given, expected) => {
    const problems: Problem[] = [];
    readObservers(given, problems);
    expect(problems).toEqual(expected);
    expect(problemsOf({ ...GOOD, observers: given as never })).toEqual(
      expected.map(({ message }) => message),
    );
  });

  it("takes what the factories return, and an object of the operator's, without a problem", () => {
    expect(
      problemsOf({ ...GOOD, observers: [auditLogs(), openTelemetry(), idle("siem")] }),
    ).toEqual([]);
  });

  it("calls onEvent() of a class on its instance, as it was when the server was configured", () => {
    class Counting {
      readonly name = "counting";
      count = 0;
      onEvent(): void {
        this.count += 1;
      }
    }
    const counting = new Counting();
    const problems: Problem[] = [];
    const [observer] = readObservers([counting], problems);
    expect(problems).toEqual([]);
    counting.onEvent = (): never => {
      throw new Error("replaced");
    };
    observer?.onEvent(EVENT);
    expect(counting.count).toBe(1);
  });

  it("does not take a method of the operator's observer for a hook of this package", () => {
    let calls = 0;
    const kafka = {
      ...idle("kafka"),
      connect: () => (calls += 1),
      startRequestScope: () => (calls += 1),
    };
    expect(readObservers([kafka], [])[0]?.hooks).toEqual({});
    expect(calls).toBe(0);
  });
});
