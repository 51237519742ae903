import { problemAt, type Problem } from "../errors.js";
import { UNREADABLE } from "../known-members.js";
import { readList } from "../standards/members.js";
import type { Observer } from "../trail/observer.js";
import { readHooks, type CheckedObserver } from "./hooks.js";

const MAX_NAME_LENGTH = 64;

/**
 * Checks the option `observers`: each an object with a name of its own and `onEvent()`, its own or inherited.
 *
 * Reads each observer's members once, so that nothing replaces them later.
 *
 * @param problems takes one for each mistake, with its path.
 */
export function readObservers(given: unknown, problems: Problem[]): readonly CheckedObserver[] {
  if (given === undefined) return [];
  const list = readList(given);
  if (list === undefined) {
    problems.push(problemAt("observers", "must be a list of observers, such as [auditLogs()]"));
    return [];
  }
  const places = new Map<string, string>();
  return list.flatMap((one, index) => {
    const path = `observers[${index}]`;
    const observer = readObserver(one, path, problems);
    if (observer === undefined) return [];
    const first = places.get(observer.name);
    if (first === undefined) places.set(observer.name, path);
    else {
      const name = JSON.stringify(observer.name);
      problems.push(problemAt(path, `has the name ${name}, as ${first} has: give each its own`));
    }
    return [observer];
  });
}

function readObserver(
  given: unknown,
  path: string,
  problems: Problem[],
): CheckedObserver | undefined {
  try {
    const isWrong = describeWrongForm(given);
    if (isWrong !== undefined) {
      problems.push(problemAt(path, isWrong));
      return undefined;
    }
    const observer = given as Observer;
    const { name, onEvent } = observer as { readonly name: unknown; readonly onEvent: unknown };
    const hasName =
      typeof name === "string" && name.trim() !== "" && name.length <= MAX_NAME_LENGTH;
    if (!hasName) {
      problems.push(
        problemAt(
          `${path}.name`,
          `must be a text of 1 to ${MAX_NAME_LENGTH} characters, such as "siem"`,
        ),
      );
    }
    if (typeof onEvent !== "function") {
      problems.push(problemAt(`${path}.onEvent`, "must be a function that takes an event"));
    }
    if (!hasName || typeof onEvent !== "function") return undefined;
    return {
      name,
      onEvent: (event) => (onEvent as Observer["onEvent"]).call(observer, event),
      hooks: readHooks(observer),
    };
  } catch {
    problems.push(problemAt(path, UNREADABLE));
    return undefined;
  }
}

/** Words what is given in the place of an observer, and the cure. */
function describeWrongForm(given: unknown): string | undefined {
  if (typeof given === "function") {
    const called = given.name === "" ? "the function that makes it" : `${given.name}()`;
    return `is a function: call it if it makes an observer (${called}), else write { name, onEvent(event) { … } }`;
  }
  if (typeof given !== "object" || given === null) {
    return "must be an object with name and onEvent(event), as auditLogs() returns it";
  }
  return "then" in given ? "is a promise: await it" : undefined;
}
