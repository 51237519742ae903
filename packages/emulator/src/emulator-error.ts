import type { FieldProblem } from "./input/field-reader.js";

/** The kinds of {@link EmulatorError}. */
export type EmulatorErrorCode =
  | "production"
  | "invalid_options"
  | "invalid_argument"
  | "unknown_user"
  | "unknown_organization"
  | "unknown_application"
  | "unknown_resource"
  | "not_a_member"
  | "sign_in_refused";

/** One thing that is wrong: `path` is written as in `seed.users[2].email`, `message` is a sentence. */
export interface EmulatorProblem {
  /** Where it is in the options or arguments; empty for the whole. */
  readonly path: string;
  /** What is wrong and, where that is known, what was meant. */
  readonly message: string;
}

/** Thrown for options and arguments that the emulator refuses; names every problem at once. */
export class EmulatorError extends Error {
  /** Always `EmulatorError`. */
  override readonly name: string = "EmulatorError";
  /** What kind of error it is, for programs. */
  readonly code: EmulatorErrorCode;
  /** Every problem that was found, at least one. */
  readonly problems: readonly EmulatorProblem[];

  constructor(code: EmulatorErrorCode, problems: readonly EmulatorProblem[]) {
    super(problems.map(({ message }) => message).join("\n"));
    this.code = code;
    this.problems = problems;
  }
}

/** Turns what a field reader found into problems whose messages can be read alone. */
export function toSentences(problems: readonly FieldProblem[], whole: string): EmulatorProblem[] {
  return problems.map(({ path, message }) => {
    const text = `${path === "" ? whole : path} ${message}`;
    return { path, message: /[.?]$/u.test(text) ? text : `${text}.` };
  });
}
