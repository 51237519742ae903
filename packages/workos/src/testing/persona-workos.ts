import { ConfigurationError, problemAt } from "../errors.js";
import type { User, WorkOS } from "../workos/client.js";
import { personaId, SOME_USER, type Persona } from "./persona.js";

/** A question to the WorkOS API, by part of the client and method, and the persona's answer. */
type Answers = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What a persona lacks to answer the two questions that this package asks. */
const MISSING: Readonly<Record<string, readonly [path: string, cure: string]>> = {
  "userManagement.getUser": [
    "user",
    'getUser() was called: give what the code reads of the profile, such as { email: "ada@acme.test" }',
  ],
  "authorization.check": [
    "permissionsOn",
    'access.on() was called: give a list such as [{ resourceId: "…", permissions: ["…"] }], or an empty one for none',
  ],
};

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
    const [path, cure] = MISSING[`${part}.${method}`] ?? [
      `workos.${part}.${method}`,
      "the code uses it: give a function in its place, or a client of the emulator as persona.workos",
    ];
    const gap = new ConfigurationError(
      [problemAt(`persona.${path}`, `is missing, and ${cure}`)],
      "The persona cannot answer",
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

/** A method that is called on its own object, which may have private members. */
function bound(value: unknown, of: object | undefined): unknown {
  return typeof value === "function" ? (value.bind(of) as unknown) : value;
}

function createAnswers(persona: Persona): Answers {
  const { user, permissionsOn } = persona;
  const profile: User = { ...SOME_USER, ...user, object: "user", id: personaId(persona) };
  return {
    ...(user === undefined
      ? {}
      : { userManagement: { getUser: () => Promise.resolve({ ...profile }) } }),
    ...(permissionsOn === undefined
      ? {}
      : {
          authorization: {
            check: ({ permissionSlug, ...resource }: Readonly<Record<string, string>>) =>
              Promise.resolve({
                authorized: permissionsOn.some(
                  ({ permissions, ...one }) =>
                    permissions.some((slug) => slug === permissionSlug) &&
                    Object.entries(one).every(([name, value]) => resource[name] === value),
                ),
              }),
          },
        }),
  };
}
