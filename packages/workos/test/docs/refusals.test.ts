import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { EXPECTED_ANSWERS } from "../guard/expected-answers.js";

it("docs/refusals.md has every reason for which a request is turned away, with its status", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../../docs/refusals.md"), "utf8");
  const documented = new Map(
    [...page.matchAll(/^\| (?:<a id="[a-z_]+"><\/a>)?`([a-z_]+)` +\| (\d{3})?/gm)].map(
      ([, reason, status]) => [
        reason,
        // "All of these are 401", says the section whose table has no such column.
        Number(status ?? 401),
      ],
    ),
  );
  for (const [reason, [status]] of Object.entries(EXPECTED_ANSWERS)) {
    expect([reason, documented.get(reason)]).toEqual([reason, status]);
  }
});
