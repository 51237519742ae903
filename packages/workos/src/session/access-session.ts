import { WorkOSAuthError } from "../errors.js";
import { readFunctionOptions, type MemberForms } from "../known-members.js";
import type { User, WorkOS } from "../workos/client.js";
import type { Caller } from "./caller.js";
import type { Session } from "./session.js";
import {
  currentProvider,
  currentRequest,
  findRequest,
  type AuthenticatedRequest,
} from "./store.js";

/**
 * Returns the session of the user who is calling: what the access token of the current request contains, the same
 * object throughout the request; no API call.
 *
 * Does NOT know what changed at WorkOS after the token was issued, nor roles and permissions that the token does not
 * contain: `getAccess()` resolves those.
 *
 * @throws WorkOSAuthError `not_a_user` when an application or an API key calls.
 * @throws WorkOSAuthError `no_session` outside an authenticated request, and in
 *   a timer or queue that outlived the response it was born in.
 * @example
 * ```ts
 * const { userId, organizationId } = getSession();
 * ```
 */
export function getSession(): Session {
  return requireSession(currentRequest("getSession()"), "getSession()");
}

/**
 * Returns who is calling, whichever kind of caller the configuration accepts: a
 * user, an application, or the holder of an API key.
 *
 * @throws WorkOSAuthError `no_session` outside an authenticated request.
 * @example
 * ```ts
 * const caller = getCaller();
 * const name = caller.kind === "api-key" ? caller.name : caller.id;
 * ```
 */
export function getCaller(): Caller {
  return currentRequest("getCaller()").caller;
}

/**
 * Returns who is calling, or undefined on a transport that has no callers: for code that also runs on stdio.
 *
 * Undefined means that this process has no `workosProvider()`. In a process that has one it throws instead wherever
 * there is no caller: at module level, in a background job, in a request to a public path, and after the response of
 * the request has closed. A lost request can so never be taken for stdio.
 *
 * @throws WorkOSAuthError `no_session` without an authenticated request in a process with a provider.
 * @example
 * ```ts
 * const callerId = findCaller()?.id ?? "local";
 * ```
 */
export function findCaller(): Caller | undefined {
  return findRequest("findCaller()")?.caller;
}

/**
 * Fetches the calling user's full profile from the WorkOS API.
 *
 * Simultaneous calls share one request and the answer is remembered for 30
 * seconds per user; `{ fresh: true }` asks again. The result is frozen.
 *
 * @throws ConfigurationError for an option that does not exist.
 * @throws WorkOSAuthError `not_a_user` when an application or an API key calls,
 *   `no_session` outside an authenticated request.
 * @throws the SDK's exception when the API refuses or cannot be reached.
 * @example
 * ```ts
 * const { firstName, email } = await getUser();
 * ```
 * @see https://workos.com/docs/reference/authkit/user/get
 */
export async function getUser(options: { readonly fresh?: boolean } = {}): Promise<User> {
  const { fresh }: UserOptions = readFunctionOptions(USER_OPTIONS, options);
  const request = currentRequest("getUser()");
  const { userId } = requireSession(request, "getUser()");
  return request.provider.users.get(userId, { fresh: fresh ?? false });
}

interface UserOptions {
  readonly fresh?: boolean;
}

const USER_FORMS: MemberForms<UserOptions> = {
  fresh: { fits: (value) => typeof value === "boolean", must: "must be true or false" },
};
const USER_OPTIONS = {
  path: "getUser",
  forms: USER_FORMS,
  refused: "getUser() cannot fetch a profile with these options",
};

/**
 * Returns the initialized WorkOS SDK client.
 *
 * It acts with the environment's API key, not with the caller's rights: what the
 * caller may do is yours to check first.
 *
 * @throws WorkOSAuthError `no_provider` before `workosProvider()` was called,
 *   and outside a request when several environments are configured.
 * @example
 * ```ts
 * const { name } = await getClient().organizations.getOrganization(organizationId);
 * ```
 * @see https://workos.com/docs/sdks/node
 */
export function getClient(): WorkOS {
  return currentProvider("getClient()").client();
}

/** A machine is never taken for a person: what is written for users fails, and names what to use instead. */
function requireSession({ caller, session }: AuthenticatedRequest, asked: string): Session {
  if (session !== undefined) return session;
  const who = caller.kind === "api-key" ? "an API key" : "an application";
  throw new WorkOSAuthError(
    "not_a_user",
    `${asked} is for people, and this request was made by ${who}. Use getCaller(), which tells who is calling by its kind.`,
  );
}
