import type { FieldProblem } from "./input/field-reader.js";

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
  readonly path: string;
  readonly message: string;
}

/** Thrown for options and arguments that the emulator refuses; names every problem at once. */
export class EmulatorError extends Error {
  override readonly name: string = "EmulatorError";
  readonly code: EmulatorErrorCode;
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
