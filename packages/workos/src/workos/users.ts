import { LRUCache } from "lru-cache";
import type { User, WorkOS } from "./client.js";

/** Full profiles of users, by ID. */
export interface UserDirectory {
  readonly get: (userId: string, options: { readonly fresh: boolean }) => Promise<User>;
}

/** A profile is served from memory this long, in milliseconds. */
const REMEMBERED_FOR_MS = 30_000;

/**
 * Makes a directory that asks the WorkOS API for a user once, however many tools
 * ask at the same time, and remembers the frozen answer briefly.
 *
 * Rejects with the SDK's exception when the API refuses or cannot be reached; a
 * failure is not remembered. Does NOT notice a changed profile before the memory
 * ends, unless asked for a fresh one.
 */
export function createUserDirectory(client: () => WorkOS, now: () => number): UserDirectory {
  const users = new LRUCache<string, User>({
    max: 1_000,
    ttl: REMEMBERED_FOR_MS,
    ttlResolution: 0,
    perf: { now },
    // More users at once than fit: the one that is dropped still gets its answer.
    ignoreFetchAbort: true,
    fetchMethod: async (userId) => {
      const user = await client().userManagement.getUser(userId);
      if (user.id !== userId) throw new Error("The WorkOS API answered with another user");
      return freeze(user);
    },
  });
  return {
    async get(userId, { fresh }) {
      // A question already under way may be older than the change that the caller wants to see.
      if (fresh) users.delete(userId);
      const user = await users.fetch(userId);
      if (user === undefined)
        throw new Error("The user was evicted while being fetched; try again");
      return user;
    },
  };
}

function freeze(user: User): User {
  Object.freeze(user.metadata);
  return Object.freeze(user);
}
