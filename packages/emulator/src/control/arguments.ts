import { EmulatorError, toSentences } from "../emulator-error.js";
import { readObject, type FieldProblem, type FieldReader } from "../input/field-reader.js";

/**
 * Reads the argument of a method of the emulator.
 *
 * @throws {EmulatorError} `invalid_argument` for wrong values and for names that the method does not know.
 */
export function readArgument<Item>(
  value: unknown,
  method: string,
  readItem: (reader: FieldReader) => Item,
): Item {
  const problems: FieldProblem[] = [];
  const item = readObject(value, { path: "", kind: `an option of ${method}`, problems }, readItem);
  if (problems.length === 0) return item;
  throw new EmulatorError("invalid_argument", toSentences(problems, `The argument of ${method}`));
}
