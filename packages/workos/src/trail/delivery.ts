import { LONGEST_WAIT, type Letter, type Outbox, type WaitingLetter } from "./outbox.js";

/** What became of a letter that was sent. */
export type Sent =
  | { readonly kind: "accepted" }
  /** It will never be taken as it is. */
  | { readonly kind: "refused"; readonly problem: string }
  /** It is asked to come again later: too many came. In seconds. */
  | { readonly kind: "busy"; readonly problem: string; readonly retryAfter: number }
  /** Nobody took it this time. `retryAfter` in seconds. */
  | { readonly kind: "unavailable"; readonly problem: string; readonly retryAfter?: number };

/** Carries letters from an outbox to where they belong. */
export interface Delivery {
  /** Says that there may be something to send. */
  readonly wake: () => void;
  /** Sends what is ready, as fast as it goes and for so many milliseconds at most, and no sooner than it was asked to. */
  readonly flush: (within: number) => Promise<void>;
  readonly close: () => void;
}

/** Letters on their way at the same time. */
const AT_ONCE = 5;
/** After a failure the next attempt waits so long, twice as long after each further one, in milliseconds. */
const SHORTEST_WAIT = 1_000;
/** A letter that was first sent so long ago is dead and not sent again, in milliseconds: its key counts for 24 hours. */
const LONGEST_TRIAL = 20 * 3_600_000;
/** An outbox that others may fill is looked into so often, in milliseconds. */
const IDLE = 30_000;

/** What a delivery needs of the world around it. */
export interface DeliveryOptions {
  readonly outbox: Outbox;
  readonly send: (letter: Letter) => Promise<Sent>;
  readonly now: () => number;
  /** Calls a function later, once; returns what cancels it. Milliseconds. */
  readonly schedule: (run: () => void, delay: number) => () => void;
  /** From 0 to 1, for the spread of waits. */
  readonly random: () => number;
  /** Letters sent in a second at most. */
  readonly perSecond: number;
  /** Hears when letters stop or start arriving. */
  readonly report: (state: "unreachable" | "recovered", detail: string) => void;
  /** Hears of a letter that is sent no more, and whether an older dead one was dropped for it. */
  readonly onDead: (letter: Letter, problem: string, hasDropped: boolean) => void;
}

/**
 * Makes a delivery that sends each letter until it is taken or refused: at most five at a time, no
 * faster than asked, later and later while nobody takes them, and not before Retry-After.
 *
 * A letter is removed after it was taken; when the process dies in between it is sent again with
 * the same idempotency key. One that fails while others arrive waits alone.
 */
export function createDelivery({
  outbox,
  send,
  now: clock,
  schedule,
  random,
  perSecond,
  report,
  onDead,
}: DeliveryOptions): Delivery {
  let cancel = (): void => undefined;
  /** When the next look is planned for. */
  let next = Infinity;
  let failures = 0;
  /** When letters may be sent again: by the pace, by what was asked for, or after a failure. */
  let mayGoOnAt = -Infinity;
  /** Until when WorkOS asked to be left alone, which binds a flush too. */
  let leaveAloneUntil = -Infinity;
  let lastProblem = "";
  let seen = -Infinity;

  /** The time. What was to be waited for is not waited for longer because the clock was set back. */
  const now = (): number => {
    const time = clock();
    const back = seen - time;
    if (back > 0) {
      mayGoOnAt -= back;
      leaveAloneUntil -= back;
      next -= back;
    }
    seen = time;
    return time;
  };
  let isClosed = false;
  let running: Promise<void> | undefined;
  /** Whether the last look found nothing to send; it may have been too early to look. */
  let isDrained = false;

  const backoff = (times: number): number => {
    const longest = Math.min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** (times - 1));
    // From half to the whole, so that a fleet does not come back as one.
    return longest * (0.5 + random() / 2);
  };

  const bury = (letter: Letter, problem: string): void => {
    onDead(letter, problem, outbox.bury(letter.key, problem, now()));
  };

  /** What is to be sent now. What is too old is not: WorkOS may have taken it, and would not know its key any more. */
  const take = (): readonly WaitingLetter[] => {
    for (;;) {
      const letters = outbox.due(now(), AT_ONCE);
      const young = letters.filter(
        ({ firstTriedAt }) => now() - (firstTriedAt ?? now()) < LONGEST_TRIAL,
      );
      for (const letter of letters) {
        if (!young.includes(letter)) bury(letter, `not taken for 20 hours${lastProblem}`);
      }
      if (young.length > 0 || letters.length === 0) return young;
    }
  };

  const settle = (letter: WaitingLetter, sent: Sent, allWait: boolean): void => {
    if (sent.kind === "accepted") outbox.remove(letter.key);
    else if (sent.kind === "refused") bury(letter, sent.problem);
    // Others arrive, so this one waits alone.
    else if (!allWait) outbox.postpone(letter.key, now() + backoff(letter.attempts + 1));
  };

  const round = async (letters: readonly WaitingLetter[]): Promise<void> => {
    const startedAt = now();
    outbox.tried(
      letters.map(({ key }) => key),
      startedAt,
    );
    const answers = await Promise.all(
      letters.map(async (letter) => ({ letter, sent: await send(letter) })),
    );
    const later = answers.flatMap(({ sent }) => ("retryAfter" in sent ? [sent] : []));
    const [silent] = answers.flatMap(({ sent }) => (sent.kind === "unavailable" ? [sent] : []));
    // Whoever takes one, or asks to come later, is there.
    const isSilent = answers.every(({ sent }) => sent.kind === "unavailable");
    const isBusy = answers.some(({ sent }) => sent.kind === "busy");
    for (const { letter, sent } of answers) settle(letter, sent, isSilent || isBusy);
    leaveAloneUntil = Math.max(...later.map(({ retryAfter = 0 }) => now() + retryAfter * 1000));
    mayGoOnAt = Math.max(startedAt + (letters.length * 1000) / perSecond, leaveAloneUntil);
    if (silent !== undefined) lastProblem = `: ${silent.problem}`;
    if (!isSilent) {
      if (failures > 0) {
        report("recovered", "audit log events arrive again; those that waited follow");
      }
      failures = 0;
      return;
    }
    failures += 1;
    mayGoOnAt = Math.max(mayGoOnAt, now() + backoff(failures));
    if (failures === 1) report("unreachable", silent?.problem ?? "");
  };

  const plan = (delay: number): void => {
    cancel();
    if (isClosed) return;
    next = now() + delay;
    cancel = schedule(run, delay);
  };

  const work = async (): Promise<void> => {
    while (now() >= mayGoOnAt) {
      const letters = take();
      isDrained = letters.length === 0;
      if (isClosed || isDrained) return;
      await round(letters);
    }
  };

  /** Lets one piece of work run after the one before it, so that no letter is sent twice at a time. */
  const begin = (task: () => Promise<void>): Promise<void> => {
    isDrained = false;
    const mine = (running ?? Promise.resolve())
      .then(task)
      .catch((error: unknown) => {
        // The disk is full, or the file is gone: nothing of that may end the process.
        failures += 1;
        mayGoOnAt = now() + backoff(failures);
        const why = error instanceof Error ? error.message : String(error);
        if (failures === 1) report("unreachable", `the outbox cannot be used: ${why}`);
      })
      .finally(() => {
        if (running !== mine) return;
        running = undefined;
        plan(isDrained ? IDLE : Math.max(0, mayGoOnAt - now()));
      });
    running = mine;
    return mine;
  };

  const run = (): void => {
    next = Infinity;
    if (running === undefined) void begin(work);
  };

  /** Does not keep the pace: the process is about to end. */
  const sendAll = async (until: number): Promise<void> => {
    // One that was to wait while others arrived will not be asked for again.
    outbox.hurry(now());
    for (;;) {
      const pause = leaveAloneUntil - now();
      if (now() + pause > until) return;
      if (pause > 0) {
        await new Promise<void>((resolve) => {
          schedule(resolve, pause);
        });
      }
      const letters = take();
      if (letters.length === 0) return;
      await round(letters);
      if (failures > 0 || now() >= until) return;
    }
  };

  return {
    wake() {
      if (running !== undefined || isClosed) return;
      const at = Math.max(now(), mayGoOnAt);
      if (at < next) plan(at - now());
    },
    async flush(within) {
      cancel();
      let settleLate = (): void => undefined;
      const late = new Promise<void>((resolve) => {
        settleLate = schedule(resolve, within);
      });
      await Promise.race([begin(() => sendAll(now() + within)), late]);
      settleLate();
    },
    close() {
      isClosed = true;
      cancel();
    },
  };
}
