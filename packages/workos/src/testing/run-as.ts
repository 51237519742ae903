import { ConfigurationError, problemAt, WorkOSAuthError, type Problem } from "../errors.js";
import type { CheckFault } from "../session/open-checks.js";
import { findScope, OpenRequest, runInside } from "../session/store.js";
import { CALLER_KINDS } from "../standards/caller-kind.js";
import { createUserDirectory } from "../workos/users.js";
import { createPersonaWorkOS } from "./persona-workos.js";
import { asToken, toCredential, readCallingPersona, toSources, type Persona } from "./persona.js";
import { problemsOfProduction } from "./refuse-production.js";

/**
 * Runs the handler of a tool, prompt or resource as this caller, in a test: without a token, a server or WorkOS.
 *
 * Inside, `getSession()`, `getCaller()`, `getAccess()` and the others work as in a request, until the handler's answer.
 * As there, a user's roles and permissions are what `getAccess()` resolves, and the session has them only when
 * `persona.claims` does. Does NOT apply an access map, for which there is `explainAccess()`.
 *
 * @param persona who calls, and what `getUser()`, `getClient()` and `access.on()` answer.
 * @param tool calls the handler, with its arguments.
 * @returns what the handler returns.
 * @throws ConfigurationError when the persona cannot be, or cannot answer what the handler asked, even if that caught
 *   the error; with `NODE_ENV=production` or in a bundle; and inside a request that a server is handling.
 * @throws WorkOSAuthError `answer_withheld` when the handler did not await, or not obey, what it asked about access.
 * @example
 * ```ts
 * const lead: Persona = { organizationId: "org_01ACME", permissions: ["reports:read"] };
 * const report = await runAs(lead, () => readReport("report_01"));
 * ```
 * @see docs/access.md
 */
export function runAs<T>(persona: Persona, tool: () => T): T {
  const problems: Problem[] = [...problemsOfProduction("runAs()")];
  const scope = findScope();
  if (scope === "public" || (scope !== undefined && (scope.isCheck || !scope.isMadeUp))) {
    problems.push(
      problemAt(
        "runAs()",
        "must not be called while a server handles a request: its caller is who signed in",
      ),
    );
  }
  const read = readCallingPersona(persona, problems);
  if (typeof tool !== "function") {
    problems.push(problemAt("tool", "must be a function: write () => tool(…)"));
  }
  if (problems.length > 0) throw new ConfigurationError(problems, "runAs() cannot run the tool");

  const { request, end } = openRun(read);
  let answer: T;
  try {
    // A lazy promise, such as a query, begins when `then()` is called: inside, too.
    answer = runInside(request, () => {
      const result = tool();
      return isThenable(result) ? (Promise.resolve(result) as T) : result;
    });
  } catch (error) {
    end(true);
    throw error;
  }
  if (isThenable(answer)) {
    const settled = answer.then(
      (result: unknown) => {
        end(isErrorResult(result));
        return result;
      },
      (error: unknown) => {
        end(true);
        throw error;
      },
    );
    return settled as T;
  }
  end(isErrorResult(answer));
  return answer;
}

/** Opens a request of the persona; `end` closes it as its answer would, and throws what is wrong with it. */
function openRun(persona: Persona): {
  readonly request: OpenRequest;
  readonly end: (isError: boolean) => void;
} {
  let gap: ConfigurationError | undefined;
  const workos = createPersonaWorkOS(persona, (found) => {
    gap ??= found;
  });
  const client = (): typeof workos => workos;
  const request = new OpenRequest({
    isMadeUp: true,
    credential: toCredential(asToken(persona)),
    provider: {
      environment: "persona",
      client,
      accessClient: client,
      users: createUserDirectory(client, Date.now),
      ...toSources(persona),
      callers: CALLER_KINDS,
      satisfies: (granted, required) => granted.includes(required),
      reportCheck: () => undefined,
    },
    report: () => undefined,
    usedKind: () => "tool",
    urlOf: undefined,
    watchAnswer: () => undefined,
    // After the end nothing can be thrown: test runners report a rejection that is not handled. What the test itself
    // asks then gets its error.
    reportFault: (fault) => {
      if (findScope() === request) void Promise.reject(toError(fault));
    },
  });
  return {
    request,
    end: (isError) => {
      const fault = isError ? undefined : request.checks.fault();
      request.isClosed = true;
      if (gap !== undefined) throw gap;
      if (fault !== undefined) throw toError(fault);
      if (!isError) request.checks.noteAnswer();
    },
  };
}

function toError({ reason, detail }: CheckFault): WorkOSAuthError {
  return new WorkOSAuthError(reason, `The answer is not for this caller to have: ${detail}`);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}

/** Whether a tool's result is an error (MCP, CallToolResult): it discloses nothing that was guarded. */
function isErrorResult(result: unknown): boolean {
  return (
    typeof result === "object" && result !== null && "isError" in result && result.isError === true
  );
}
