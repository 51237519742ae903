import { createAnswers, type Known } from "./answers.js";
import type { WorkOS } from "./client.js";

/** Knows which applications people have authorized. */
export interface ConsentDirectory {
  /**
   * Whether the person authorizes the client, as far as WorkOS knows. A token issued at another
   * time is asked about anew, since it may come of a newer consent.
   */
  readonly isGiven: (
    userId: string,
    clientId: string,
    issuedAt: number,
  ) => Known<boolean> | Promise<Known<boolean>>;
}

/** Answers remembered at most. */
const MOST = 10_000;
/** Applications of one person that are looked through at most: pages of the API, and what a page holds. */
const MOST_PAGES = 10;
const PAGE = 100;

/** One page of a person's authorized applications, as far as it is read; the SDK has no method for it. */
interface Page {
  readonly data?: readonly { readonly id: string; readonly application?: { client_id?: string } }[];
  readonly list_metadata?: { readonly after?: string | null };
}

/**
 * Asks WorkOS whether a consent still stands, and remembers the answer for each person,
 * client and token.
 *
 * Does NOT tell which organization a consent was given for, since WorkOS does not: a person
 * who withdrew one of two consents to the same client still has the other. Does NOT look through
 * more than a thousand applications of one person: a client behind them counts as not authorized.
 *
 * @param freshFor an answer is used so long, in milliseconds.
 * @param usableFor while WorkOS is silent, the last answer is used until it is this old.
 */
export function createConsentDirectory({
  client,
  now,
  freshFor,
  usableFor,
}: {
  readonly client: () => WorkOS;
  readonly now: () => number;
  readonly freshFor: number;
  readonly usableFor: number;
}): ConsentDirectory {
  const isGiven = async (userId: string, clientId: string): Promise<boolean> => {
    let after: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const path = `/user_management/users/${encodeURIComponent(userId)}/authorized_applications`;
      const query = { limit: PAGE, ...(after === undefined ? {} : { after }) };
      const { data } = await client().get<Page>(path, { query });
      if (data.data?.some(({ application }) => application?.client_id === clientId) === true) {
        return true;
      }
      after = data.list_metadata?.after ?? undefined;
      if (after === undefined) return false;
    }
    // A user with so many is not an outage, and must not look like one to other users.
    return false;
  };
  const answers = createAnswers({
    ask: (key) => {
      const [userId, clientId] = JSON.parse(key) as [string, string];
      return isGiven(userId, clientId);
    },
    absent: false,
    now,
    freshFor,
    usableFor,
    most: MOST,
  });
  return {
    isGiven: (userId, clientId, issuedAt) =>
      answers.get(JSON.stringify([userId, clientId, issuedAt])),
  };
}
