import type { User, WorkOS } from "../workos/client.js";
import type { Session } from "./session.js";
import { currentProvider, currentRequest } from "./store.js";

/**
 * Returns who is calling, from the access token of the current request; no API call.
 *
 * Does NOT know what changed at WorkOS after the token was issued.
 *
 * @throws WorkOSPluginError `no_session` outside an authenticated request, and in
 *   a timer or queue that outlived the response it was born in.
 */
export function getSession(): Session {
  return currentRequest("getSession()").session;
}

/**
 * Fetches the calling user's full profile from the WorkOS API.
 *
 * Simultaneous calls share one request and the answer is remembered for 30
 * seconds per user; `{ fresh: true }` asks again. The result is frozen.
 *
 * @throws WorkOSPluginError `no_session` outside an authenticated request.
 * @throws the SDK's exception when the API refuses or cannot be reached.
 * @see https://workos.com/docs/reference/authkit/user/get
 */
export async function getUser(options: { readonly fresh?: boolean } = {}): Promise<User> {
  const { provider, session } = currentRequest("getUser()");
  return provider.users.get(session.userId, { fresh: options.fresh ?? false });
}

/**
 * Returns the initialized WorkOS SDK client.
 *
 * It acts with the environment's API key, not with the caller's rights: what the
 * caller may do is yours to check first.
 *
 * @throws WorkOSPluginError `no_provider` before `workosProvider()` was called,
 *   and outside a request when several environments are configured.
 * @see https://workos.com/docs/sdks/node
 */
export function getClient(): WorkOS {
  return currentProvider("getClient()").client();
}
