/** Checks whether a value of parsed JSON has a form. */
export type Form = (value: unknown) => boolean;

/** Accepts any text. */
export const string: Form = (value) => typeof value === "string";
/** Accepts a text that is not empty. */
export const text: Form = (value) => typeof value === "string" && value !== "";
/** Accepts the code of an error, as WorkOS writes it. */
export const errorCode: Form = (value) =>
  typeof value === "string" && /^[a-z][a-z0-9_]*$/.test(value);
export const boolean: Form = (value) => typeof value === "boolean";

/** Accepts exactly one of these texts. */
export function literal(...values: readonly string[]): Form {
  return (value) => values.some((one) => one === value);
}

/** Accepts null, and nothing at all. */
export const absent: Form = (value) => value === undefined || value === null;

/** Accepts the form, null, and nothing at all. */
export function optional(form: Form): Form {
  return (value) => absent(value) || form(value);
}

/** Accepts the form and null, but not a member that is missing. */
export function nullable(form: Form): Form {
  return (value) => value === null || form(value);
}

export function either(...forms: readonly Form[]): Form {
  return (value) => forms.some((form) => form(value));
}

export function array(item: Form): Form {
  return (value) => Array.isArray(value) && value.every(item);
}

/** Accepts a list without members. */
export const empty: Form = (value) => Array.isArray(value) && value.length === 0;

/** Accepts a list with at least one member, all of one form. */
export function some(item: Form): Form {
  const all = array(item);
  return (value) => all(value) && !empty(value);
}

/** Accepts an object whose members have these forms; other members are ignored. */
export function object(members: Readonly<Record<string, Form>>): Form {
  const entries = Object.entries(members);
  return (value) => isObject(value) && entries.every(([name, form]) => form(value[name]));
}

/** Accepts an object with at least one member, all of one form. */
export function record(form: Form): Form {
  return (value) => {
    const values = isObject(value) ? Object.values(value) : [];
    return values.length > 0 && values.every(form);
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
