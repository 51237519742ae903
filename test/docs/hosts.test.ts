import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CASES } from "../hosts/cases.ts";
import { HOSTS } from "../hosts/hosts-under-test.ts";
import { writeTable } from "../hosts/table.ts";

const PAGE = new URL("../../docs/hosts.md", import.meta.url);
const MARKS = /(<!-- matrix -->\n\n)[^]*(\n<!-- end of matrix -->)/;

it("the table of docs/hosts.md is the matrix's: vitest run --project unit test/docs/hosts.test.ts -u", async () => {
  const page = readFileSync(PAGE, "utf8");
  expect(page).toMatch(MARKS);
  const table = writeTable(HOSTS, CASES);
  const expected = page.replace(MARKS, (_, begin: string, end: string) => begin + table + end);
  await expect(expected).toMatchFileSnapshot(PAGE.pathname);
});
