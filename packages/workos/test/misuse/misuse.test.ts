import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { pathOf, PROGRAMS } from "./programs.js";
import { runProgram, type Scene } from "./run-program.js";

/** What surrounds a program that another world is for than a good one. */
const SCENES: Readonly<Record<string, Scene>> = {
  "1w-not-blocked-in-an-outage": { isOutage: true },
  "1x-not-suspended-in-an-outage": { isOutage: true },
  "2h-not-suspended-in-an-outage": { isOutage: true },
  "7b-cause-of-an-outage": { isOutage: true },
  "6a-environment-token": { isEnvironmentToken: true },
  "6-right-environment": { isEnvironmentToken: true },
};

it("every program has its expectation", () => {
  const files = readdirSync(new URL("programs", import.meta.url));
  expect(files.toSorted()).toEqual(
    Object.keys(PROGRAMS)
      .map((name) => `${name}.ts`)
      .toSorted(),
  );
});

it.each(Object.entries(PROGRAMS))("%s", async (name, [, expected]) => {
  expect(await runProgram(pathOf(name), true, SCENES[name])).toEqual(expected);
});

it.each(Object.entries(PROGRAMS).filter(([name]) => name.startsWith("1")))(
  "%s, as an event stream",
  async (name, [, expected]) => {
    const isWithheld = "answer" in expected && expected.answer === "answer_withheld";
    expect(await runProgram(pathOf(name), false, SCENES[name])).toEqual({
      ...expected,
      ...(isWithheld ? { status: 200 } : {}),
    });
  },
);
