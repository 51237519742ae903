import { problemAt, unknownAt, type Problem } from "../errors.js";
import { cleanSetting, isOneWord } from "../standards/setting.js";
import { readMembers } from "../standards/members.js";

/** Where revocations come from. Times in seconds. */
export interface RevocationConfig {
  /** The Events API is read this often. Default 10. */
  readonly poll?: number;
  /** A WorkOS webhook endpoint that makes it faster: its signing secret, and the path it posts to. */
  readonly webhook?: { readonly secret: string; readonly path: string };
  /** How long your access tokens live at most: so far back events matter. Default 86,400, a day. */
  readonly longestToken?: number;
  /** Asks WorkOS so often whether a token's person still authorizes its client, and at every new token. Default never. */
  readonly consents?: number;
  /** When the Events API could not be read for so long, every token is refused with 503. Default never. */
  readonly failClosedAfter?: number;
}

/** Where revocations come from, checked. Times in milliseconds. */
export interface RevocationSettings {
  readonly every: number;
  readonly webhook: { readonly secret: string; readonly path: string } | undefined;
  readonly longestToken: number;
  readonly consents: number | undefined;
  readonly failClosedAfter: number | undefined;
}

const KEYS = new Set(["poll", "webhook", "longestToken", "consents", "failClosedAfter"]);
const DAY = 86_400;

/**
 * Checks where revocations come from and completes it; nothing comes of nothing.
 *
 * @param problems takes one sentence for each mistake. The secret is never quoted.
 */
export function readRevocation(
  given: RevocationConfig | undefined,
  problems: Problem[],
): RevocationSettings | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    problems.push(problemAt("revocation", "must be an object, {} for the defaults"));
    return undefined;
  }
  const config: RevocationConfig | undefined = readMembers(given, KEYS);
  if (config === undefined) {
    problems.push(problemAt("revocation", "cannot be read: a getter or a proxy throws"));
    return undefined;
  }
  for (const key of Object.keys(config)) {
    if (!KEYS.has(key)) {
      problems.push(unknownAt("revocation", key, [...KEYS]));
    }
  }
  const { poll = 10, longestToken = DAY, consents, failClosedAfter } = config;
  if (!isWithin(poll, 1, 3600)) {
    problems.push(problemAt("revocation.poll", "must be a number of seconds from 1 to 3,600"));
  }
  if (!isWithin(longestToken, 60, 30 * DAY)) {
    problems.push(
      problemAt("revocation.longestToken", "must be a number of seconds from 60 to 2,592,000"),
    );
  }
  if (failClosedAfter !== undefined && !isWithin(failClosedAfter, 2 * poll, DAY)) {
    problems.push(
      problemAt(
        "revocation.failClosedAfter",
        "must be a number of seconds from twice revocation.poll to 86,400",
      ),
    );
  }
  if (consents !== undefined && !isWithin(consents, 1, 3600)) {
    problems.push(problemAt("revocation.consents", "must be a number of seconds from 1 to 3,600"));
  }
  const webhook = config.webhook && readWebhook(config.webhook);
  if (webhook !== undefined) {
    if (typeof webhook.secret !== "string" || webhook.secret === "") {
      problems.push(
        problemAt(
          "revocation.webhook.secret",
          "is missing: the dashboard shows it at the endpoint (Webhooks)",
        ),
      );
    } else if (!isOneWord(webhook.secret)) {
      problems.push(
        problemAt(
          "revocation.webhook.secret",
          "has a blank, a quotation mark or a backslash in it; paste it anew from the dashboard (Webhooks)",
        ),
      );
    }
    if (typeof webhook.path !== "string" || !webhook.path.startsWith("/")) {
      problems.push(problemAt("revocation.webhook.path", "must begin with a slash"));
    }
  }
  return Object.freeze({
    every: poll * 1000,
    webhook: webhook && Object.freeze(webhook),
    longestToken: longestToken * 1000,
    consents: consents === undefined ? undefined : consents * 1000,
    failClosedAfter: failClosedAfter === undefined ? undefined : failClosedAfter * 1000,
  });
}

/** Reads both once: a copy of own members only would lose what a class gives. */
function readWebhook(given: NonNullable<RevocationConfig["webhook"]>): typeof given {
  const { secret, path } = readMembers(given, ["secret", "path"]) ?? {};
  return {
    secret: typeof secret === "string" ? cleanSetting(secret) : (secret as string),
    path: path as string,
  };
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && value >= least && value <= most;
}
