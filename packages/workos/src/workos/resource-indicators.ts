import { createAnswers, type Known } from "./answers.js";
import type { WorkOS } from "./client.js";
import { readFailure, UnusableAnswerError } from "./failure.js";

/** Whether a resource indicator of the environment is this server; at once when remembered. Never rejects. */
export type IsRegistered = () => Known<boolean> | Promise<Known<boolean>>;

/** An answer is used so long without asking again, in milliseconds. */
const FRESH_MS = 60_000;
/** Resource indicators that are looked through at most: pages of the API, and what a page holds. */
const MAX_PAGES = 10;
const PAGE_SIZE = 100;

/** One page of the environment's resource indicators; the SDK has no method for it. */
interface Page {
  readonly data: readonly { readonly uri: string }[];
  readonly list_metadata: { readonly after?: string | null };
}

/**
 * Asks WorkOS whether a resource indicator of the environment is this server: one question at a time, remembered for
 * 60 seconds.
 *
 * The last answer counts for as long as WorkOS cannot be asked again. Does NOT look through more than a thousand
 * indicators: when none of those is this server and there are more, the answer is unknown.
 *
 * @param client must not retry by itself: a caller is waiting.
 * @param isThisServer compares byte by byte, as AuthKit does.
 * @param report is called when a caller goes without an answer, and when there is one again.
 * @see https://workos.com/docs/reference/authkit/oauth-resource
 */
export function createIsRegistered({
  client,
  isThisServer,
  now,
  report,
}: {
  readonly client: () => WorkOS;
  readonly isThisServer: (uri: string) => boolean;
  readonly now: () => number;
  readonly report: (state: "unreachable" | "recovered", problem: string | undefined) => void;
}): IsRegistered {
  const readPage = async (after: string | undefined): Promise<Page> => {
    const query = { limit: PAGE_SIZE, ...(after === undefined ? {} : { after }) };
    try {
      const path = "/user_management/authkit_oauth_resources";
      return (await client().get<Page>(path, { query })).data;
    } catch (error) {
      const { status } = readFailure(error);
      // A list that is not there is not an empty one.
      throw status === 404 || status === 422
        ? new UnusableAnswerError(status, "without a list of resource indicators")
        : error;
    }
  };
  const answers = createAnswers({
    ask: async () => {
      let after: string | undefined;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const { data, list_metadata } = await readPage(after);
        if (data.some(({ uri }) => isThisServer(uri))) return true;
        after = list_metadata.after ?? undefined;
        if (after === undefined) return false;
      }
      throw new UnusableAnswerError(200, "with more than 1,000 resource indicators");
    },
    absent: false,
    now,
    freshFor: FRESH_MS,
    usableFor: Infinity,
    most: 1,
    report,
  });
  return () => answers.get("");
}
