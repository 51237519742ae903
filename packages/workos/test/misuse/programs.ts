import { OPTIONS } from "./options.js";
import { RULES } from "./rules.js";
import { TOOLS } from "./tools.js";

/**
 * What comes of every program in `programs/`: what the compiler says, and what happens at run time.
 *
 * The digit of a name is that of a kind of misuse; `right` programs hold the API as they should.
 * 1: a forgotten await, a denial that is not obeyed, silence taken for no.
 * 2: a check that reads what it did not ask for.
 * 3: log and observers.
 * 4: the grammar of access rules.
 * 5: units, unknown options, names that are not registered.
 * 6: the audience.
 * 7: errors, and two copies of the package: `errors.test.ts`.
 * 8: outside a request, and in a Worker: `test/bundle`.
 */
export const PROGRAMS = { ...TOOLS, ...RULES, ...OPTIONS };

/** Where a program is. */
export const pathOf = (name: string): string =>
  new URL(`programs/${name}.ts`, import.meta.url).pathname;
