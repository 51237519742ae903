import { ConfigurationError, problemAt } from "../errors.js";
import type { User, WorkOS } from "../workos/client.js";
import { personaId, SOME_USER, type Persona } from "./persona.js";

/** A question to the WorkOS API, by part of the client and method, and the persona's answer. */
type Answers = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

type Question = "userManagement.getUser" | "authorization.check";

/** What a persona lacks to answer the two questions that this package asks. */
export const MISSING: Readonly<Record<Question, readonly [path: string, isWrong: string]>> = {
  "userManagement.getUser": [
    "user",
    'is missing, and getUser() was called: give what the code reads of the profile, such as { email: "ada@acme.test" }',
  ],
  "authorization.check": [
    "permissionsOn",
    'is missing, and access.on() was called: give a list such as [{ resourceId: "…", permissions: ["…"] }], or an empty one for none',
  ],
};

/** Builds the error about a question that the persona has no answer to. */
export function createGap(path: string, isWrong: string): ConfigurationError {
  return new ConfigurationError(
    [problemAt(`persona.${path}`, isWrong)],
    "The persona cannot answer",
  );
}

/** Names that the language and its tools look for on any object. */
const PROBED: ReadonlySet<unknown> = new Set(["then", "toJSON"]);

/**
 * Makes a WorkOS client that answers from the persona.
 *
 * @param onGap receives the error that a method throws for which the persona has nothing.
 */
export function createPersonaWorkOS(
  persona: Persona,
  onGap: (gap: ConfigurationError) => void,
): WorkOS {
  const answers = createAnswers(persona);
  const given = (persona.workos ?? {}) as Readonly<Record<string, unknown>>;

  const fail = (part: string, method: string): never => {
    const question = `${part}.${method}`;
    const gap = createGap(
      ...(isQuestion(question)
        ? MISSING[question]
        : ([
            `workos.${question}`,
            "is missing, and the code uses it: give a function in its place, or a client of the emulator as persona.workos",
          ] as const)),
    );
    onGap(gap);
    throw gap;
  };
  const partOf = (part: string): object =>
    new Proxy(
      {},
      {
        get(_, method) {
          if (typeof method === "symbol" || PROBED.has(method)) return undefined;
          const answer = answers[part]?.[method];
          if (answer !== undefined) return answer;
          const from = given[part] as Readonly<Record<string, unknown>> | undefined;
          const value = from?.[method];
          if (value === undefined) return fail(part, method);
          return bound(value, from);
        },
      },
    );
  const client = new Proxy(
    {},
    {
      get(_, part) {
        if (typeof part === "symbol" || PROBED.has(part)) return undefined;
        const value = given[part];
        return value === undefined || typeof value === "object"
          ? partOf(part)
          : bound(value, given);
      },
    },
  );
  return client as WorkOS;
}

const isQuestion = (text: string): text is Question => Object.hasOwn(MISSING, text);

/** A method that is called on its own object, which may have private members. */
function bound(value: unknown, of: object | undefined): unknown {
  return typeof value === "function" ? (value.bind(of) as unknown) : value;
}

/** The profile of a persona that has one. */
export function toProfile(persona: Persona): User {
  return { ...SOME_USER, ...persona.user, object: "user", id: personaId(persona) };
}

/** Whether a persona has a permission on the resource that an access check of WorkOS FGA is about. */
export function isPermittedOn(
  permissionsOn: NonNullable<Persona["permissionsOn"]>,
  { permissionSlug, ...resource }: Readonly<Record<string, unknown>>,
): boolean {
  return permissionsOn.some(
    ({ permissions, ...one }) =>
      permissions.some((slug) => slug === permissionSlug) &&
      Object.entries(one).every(([name, value]) => resource[name] === value),
  );
}

function createAnswers(persona: Persona): Answers {
  const { user, permissionsOn } = persona;
  const profile = toProfile(persona);
  return {
    ...(user === undefined
      ? {}
      : { userManagement: { getUser: () => Promise.resolve({ ...profile }) } }),
    ...(permissionsOn === undefined
      ? {}
      : {
          authorization: {
            check: (asked: Readonly<Record<string, unknown>>) =>
              Promise.resolve({ authorized: isPermittedOn(permissionsOn, asked) }),
          },
        }),
  };
}
