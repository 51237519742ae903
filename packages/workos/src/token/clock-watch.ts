import type { ClaimFault } from "../standards/access-token.js";
import type { Trail } from "../trail/event.js";

/** Answers, or tokens, that must agree before a difference is reported, or counts as gone. */
const MIN_SAMPLES = 3;
/** The most by which answers that agree may differ; their Date has whole seconds. */
const AGREEMENT_MS = 2_000;
/** A slower answer does not tell the time well enough. */
const MAX_ROUND_TRIP_MS = 2_000;
/** Tokens whose `iat` lies further apart are no sign of one difference. */
const TOKEN_WINDOW_SECONDS = 600;
const WHOLE_SECONDS = /^\d{1,9}$/;

/** Compares this machine's clock with AuthKit's. */
export interface ClockWatch {
  /** A fetch from AuthKit that is passed through; the `Date` of its answer is one sample. */
  readonly fetch: typeof globalThis.fetch;
  /** Notes what is wrong with a token that AuthKit signed; one from the future is a sample. */
  readonly onClaimFault: (fault: ClaimFault) => void;
}

/**
 * Makes the watch that reports once when the two clocks differ steadily by more than the tolerance.
 *
 * A difference is certain when no moment between question and answer fits the answer's `Date` (whole
 * seconds, RFC 9110 §6.6.1) and `Age`. It is reported after three successive answers that agree, or
 * after three tokens of different seconds from the future, and again only after three successive answers
 * were certainly within the tolerance. Answers that are slow, not 200 or without a `Date` do not count.
 * Does NOT change what is accepted, and never makes a request of its own.
 *
 * @param now milliseconds since the epoch, by the clock of this machine.
 */
export function createClockWatch({
  fetch,
  now,
  toleranceSeconds,
  trail,
}: {
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => number;
  readonly toleranceSeconds: number;
  readonly trail: Trail;
}): ClockWatch {
  const tolerance = toleranceSeconds * 1000;
  let isReported = false;
  /** By how much this clock is ahead for certain (negative: behind), of successive answers of one direction. */
  let beyond: number[] = [];
  let within = 0;
  let futureTokens = new Set<number>();

  const report = (difference: number): void => {
    isReported = true;
    trail({
      kind: "advice",
      code: "clock_differs",
      detail: describeDifference(difference / 1000, toleranceSeconds),
    });
  };

  const noteBeyond = (difference: number): void => {
    within = 0;
    beyond = [...beyond, difference].slice(-MIN_SAMPLES);
    const isSteady = Math.max(...beyond) - Math.min(...beyond) <= AGREEMENT_MS;
    if (isReported || beyond.length < MIN_SAMPLES || !isSteady) return;
    report(beyond.reduce((least, one) => (Math.abs(one) < Math.abs(least) ? one : least)));
  };

  const noteWithin = (): void => {
    within += 1;
    if (within < MIN_SAMPLES) return;
    isReported = false;
    futureTokens = new Set();
  };

  const noteAnswer = (sent: number, received: number, response: Response): void => {
    const bounds = boundDifference(sent, received, response);
    if (bounds === undefined) return;
    const [least, most] = bounds;
    if (most < -tolerance) return noteBeyond(most);
    if (least > tolerance) return noteBeyond(least);
    beyond = [];
    if (least >= -tolerance && most <= tolerance) noteWithin();
    else within = 0;
  };

  return {
    async fetch(input, init) {
      const sent = now();
      const response = await fetch(input, init);
      noteAnswer(sent, now(), response);
      return response;
    },
    onClaimFault(fault) {
      if (isReported || fault.reason !== "token_issued_in_future") return;
      const { secondsAhead } = fault;
      const issuedAt = Math.round(now() / 1000 + secondsAhead);
      const recent = [...futureTokens].filter(
        (one) => Math.abs(one - issuedAt) <= TOKEN_WINDOW_SECONDS,
      );
      futureTokens = new Set([...recent, issuedAt]);
      if (futureTokens.size >= MIN_SAMPLES) report(-secondsAhead * 1000);
    },
  };
}

/** Bounds by how many milliseconds this clock is ahead of the one that wrote the answer, if it can be told. */
function boundDifference(
  sent: number,
  received: number,
  { status, headers }: Response,
): readonly [least: number, most: number] | undefined {
  const date = Date.parse(headers.get("date") ?? "");
  const age = headers.get("age");
  const isClear = age === null || WHOLE_SECONDS.test(age);
  const roundTrip = received - sent;
  const isUsable = status === 200 && roundTrip >= 0 && roundTrip <= MAX_ROUND_TRIP_MS && isClear;
  if (!isUsable || Number.isNaN(date)) return undefined;
  const written = date + Number(age ?? 0) * 1000;
  // Whole seconds: what is written as 7 may have been 7.999; of Age too.
  const rounding = age === null ? 1_000 : 2_000;
  return [sent - (written + rounding), received - written];
}

function describeDifference(secondsAhead: number, toleranceSeconds: number): string {
  const amount = `at least ${Math.floor(Math.abs(secondsAhead))} s`;
  const [direction, effect] =
    secondsAhead < 0
      ? ["behind", "new tokens are refused as issued in the future"]
      : ["ahead of", "tokens are refused as expired before they are"];
  return (
    `this machine's clock is ${amount} ${direction} AuthKit's, more than the ${toleranceSeconds} s that ` +
    `clockToleranceSeconds allows, so ${effect}. Synchronize the clock by NTP; ` +
    "until then clockToleranceSeconds can be set to up to 60"
  );
}
