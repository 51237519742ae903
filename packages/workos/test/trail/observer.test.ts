import { describe, expect, it } from "vitest";
import type { TrailEvent } from "../../src/trail/event.js";
import { createTrail } from "../../src/trail/observer.js";

describe("createTrail", () => {
  it("tells every observer, in order, a frozen event", () => {
    const heard: [string, TrailEvent][] = [];
    const trail = createTrail([
      (event) => heard.push(["first", event]),
      (event) => heard.push(["second", event]),
    ]);
    trail({ kind: "fault", detail: "x" });
    expect(heard).toEqual([
      ["first", { kind: "fault", detail: "x" }],
      ["second", { kind: "fault", detail: "x" }],
    ]);
    expect(heard.every(([, event]) => Object.isFrozen(event))).toBe(true);
  });

  it("does not let a broken observer break a request or its neighbour", () => {
    const heard: string[] = [];
    const trail = createTrail([
      () => {
        throw new Error("broken");
      },
      (event) => heard.push(event.kind),
    ]);
    expect(() => {
      trail({ kind: "fault", detail: "x" });
    }).not.toThrow();
    expect(heard).toEqual(["fault"]);
  });
});
