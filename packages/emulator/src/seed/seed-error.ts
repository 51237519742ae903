import type { FieldProblem } from "../input/field-reader.js";

/** One thing that is wrong with a seed: `path` is written as in `users[2].email`. */
export type { FieldProblem as SeedProblem };

/** Thrown by `parseSeed()` for a seed file that cannot be used; names every problem at once, with its path. */
export class SeedError extends Error {
  /** Always `SeedError`. */
  override readonly name: string = "SeedError";
  /** Always `invalid_seed`, for programs. */
  readonly code: string = "invalid_seed";
  /** Every problem that was found, at least one. */
  readonly problems: readonly FieldProblem[];

  constructor(problems: readonly FieldProblem[]) {
    const lines = problems.map(({ path, message }) =>
      path === "" ? `  ${message}` : `  ${path}: ${message}`,
    );
    super(`The seed cannot be used:\n${lines.join("\n")}`);
    this.problems = problems;
  }
}
