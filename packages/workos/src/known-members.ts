import { ConfigurationError, problemAt, unknownAt, type Problem } from "./errors.js";
import { readList, readMembers, type Members } from "./standards/members.js";

/** What is known of an object that options are given in. */
interface KnownObject {
  /** Where it stands; the paths of its members begin with it. Empty for the configuration as a whole. */
  readonly path: string;
  /** Its members. */
  readonly names: readonly string[];
  /** What the value must be, when an object is not all it may be. */
  readonly form?: string;
  /** New names by former ones. */
  readonly renamed?: Readonly<Record<string, string>>;
}

/**
 * Copies the members of an object that options are given in, each read once, and reports those that do not exist.
 *
 * @param problems takes one for each mistake.
 * @returns undefined when it is no object or cannot be read.
 */
export function readKnownMembers(
  { path, names, form = `must be an object with ${names.join(", ")}`, renamed }: KnownObject,
  given: unknown,
  problems: Problem[],
): Members | undefined {
  const members = isObject(given) ? readMembers(given, names) : undefined;
  if (members === undefined) {
    const isWrong = isObject(given) ? UNREADABLE : form;
    problems.push({ path, message: `${path || "the configuration"} ${isWrong}` });
    return undefined;
  }
  for (const name of Object.keys(members)) {
    if (!names.includes(name)) problems.push(unknownAt(path, name, names, renamed));
  }
  return members;
}

/** Checks for an object of options. A promise is none: its options would silently not be there. */
export function isObject(value: unknown): value is Members {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Promise)
  );
}

/** What is wrong with an object whose members cannot be copied. */
export const UNREADABLE = "cannot be read: a getter or a proxy throws";

/** Whether a value fits, and what to say of one that does not. */
interface MemberForm {
  readonly fits: (value: unknown) => boolean;
  readonly must: string;
}

/** The form of every member of an options type; the compiler keeps the list whole. */
export type MemberForms<Options> = Readonly<Record<keyof Options, MemberForm>>;

/** What is known of an object whose members have forms. */
interface FormedObject extends Omit<KnownObject, "names"> {
  readonly forms: Readonly<Record<string, MemberForm>>;
}

/**
 * Copies the members of an object that options are given in as {@link readKnownMembers} does, and reports those of
 * another form too.
 */
export function readFormedMembers(
  { forms, ...known }: FormedObject,
  given: unknown,
  problems: Problem[],
): Members | undefined {
  const members = readKnownMembers({ ...known, names: Object.keys(forms) }, given, problems);
  for (const [name, { fits, must }] of Object.entries(forms)) {
    const value = members?.[name];
    if (value !== undefined && !fits(value)) {
      problems.push(problemAt(`${known.path}.${name}`, must));
    }
  }
  return members;
}

/** What is known of the options of a function. */
interface FunctionOptions extends FormedObject {
  /** What problems keep from working, in a clause for the first line of the error. */
  readonly refused: string;
}

/**
 * Reads the options of a function of this package, all of which may be left out.
 *
 * @returns the options, each read once.
 * @throws ConfigurationError with every problem, that of an unknown option included.
 */
export function readFunctionOptions(
  { refused, ...formed }: FunctionOptions,
  given: unknown,
): Members {
  const problems: Problem[] = [];
  const members = readFormedMembers(formed, given, problems) ?? {};
  if (problems.length > 0) throw new ConfigurationError(problems, refused);
  return members;
}

/** Checks whether a value has all of these methods. */
export function hasMethods(value: unknown, ...methods: readonly string[]): boolean {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    methods.every((method) => typeof (value as Members)[method] === "function")
  );
}

export const isFunction = (value: unknown): boolean => typeof value === "function";

/** Fits a list without holes of which every member fits. */
export const fitsList =
  (fits: (member: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && readList(value)?.every((member) => fits(member)) === true;
