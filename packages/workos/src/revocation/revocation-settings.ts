import { problemAt, type Problem } from "../errors.js";
import { readKnownMembers } from "../known-members.js";
import { wrongSeconds } from "../standards/seconds.js";
import { cleanSetting, isOneWord } from "../standards/setting.js";

/** Where revocations come from. */
export interface RevocationOptions {
  /** The Events API is read this often. Default 10, from 1 to 3,600. */
  readonly pollSeconds?: number;
  /** A WorkOS webhook endpoint that makes it faster: its signing secret, and the path it posts to. */
  readonly webhook?: { readonly secret: string; readonly path: string };
  /** How long your access tokens live at most: so far back events matter. Default 86,400, a day; from 60 to that. */
  readonly maxTokenLifetimeSeconds?: number;
  /**
   * Asks WorkOS so often whether a token's user still authorizes its client, and at every new token. Default never;
   * from 1 to 3,600.
   */
  readonly consentCheckSeconds?: number;
  /**
   * When the Events API could not be read for so long, every token is refused with 503. Default never; from twice
   * `pollSeconds` to 3,600.
   */
  readonly failClosedAfterSeconds?: number;
}

/** Where revocations come from, checked. */
export interface RevocationSettings {
  readonly pollMs: number;
  readonly webhook: { readonly secret: string; readonly path: string } | undefined;
  readonly maxTokenLifetimeMs: number;
  readonly consentCheckMs: number | undefined;
  readonly failClosedAfterMs: number | undefined;
}

const OPTIONS = [
  "pollSeconds",
  "webhook",
  "maxTokenLifetimeSeconds",
  "consentCheckSeconds",
  "failClosedAfterSeconds",
];
const KNOWN = {
  path: "revocation",
  names: OPTIONS,
  form: `must be true, or an object with ${OPTIONS.join(", ")}`,
  renamed: {
    poll: "pollSeconds",
    longestToken: "maxTokenLifetimeSeconds",
    consents: "consentCheckSeconds",
    failClosedAfter: "failClosedAfterSeconds",
  },
};
const WEBHOOK_OPTIONS = ["secret", "path"];
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

/**
 * Checks the option `revocation` and completes it.
 *
 * @param given `true` for the defaults; nothing comes of `false` and of nothing.
 * @param problems takes one for each mistake, with its path. The secret is never quoted.
 */
export function readRevocation(
  given: unknown,
  problems: Problem[],
): RevocationSettings | undefined {
  if (given === undefined || given === false) return undefined;
  const options = given === true ? {} : readKnownMembers(KNOWN, given, problems);
  if (options === undefined) return undefined;
  const read = (name: string, least: number, most: number): number | undefined => {
    const value = options[name];
    if (value === undefined) return undefined;
    const isWrong = wrongSeconds(value, least, most);
    if (isWrong !== undefined) problems.push(problemAt(`revocation.${name}`, isWrong));
    return isWrong === undefined ? (value as number) * 1000 : undefined;
  };
  const pollMs = read("pollSeconds", 1, HOUR_SECONDS) ?? 10_000;
  return Object.freeze({
    pollMs,
    webhook: readWebhook(options["webhook"], problems),
    maxTokenLifetimeMs: read("maxTokenLifetimeSeconds", 60, DAY_SECONDS) ?? DAY_SECONDS * 1000,
    consentCheckMs: read("consentCheckSeconds", 1, HOUR_SECONDS),
    failClosedAfterMs: read("failClosedAfterSeconds", (2 * pollMs) / 1000, HOUR_SECONDS),
  });
}

function readWebhook(given: unknown, problems: Problem[]): RevocationSettings["webhook"] {
  if (given === undefined) return undefined;
  const path = "revocation.webhook";
  const options = readKnownMembers({ path, names: WEBHOOK_OPTIONS }, given, problems);
  if (options === undefined) return undefined;
  const { secret, path: place } = options;
  const clean = typeof secret === "string" ? cleanSetting(secret) : "";
  if (clean === "") {
    problems.push(
      problemAt(`${path}.secret`, "is missing: the dashboard shows it at the endpoint (Webhooks)"),
    );
  } else if (!isOneWord(clean)) {
    problems.push(
      problemAt(
        `${path}.secret`,
        "has a blank, a quotation mark or a backslash in it; paste it anew from the dashboard (Webhooks)",
      ),
    );
  }
  const hasPath = typeof place === "string" && place.startsWith("/");
  if (!hasPath) problems.push(problemAt(`${path}.path`, "must begin with a slash"));
  return hasPath ? Object.freeze({ secret: clean, path: place }) : undefined;
}
