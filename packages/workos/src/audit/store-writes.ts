import type { Schedule } from "../standards/schedule.js";
import type { ReportFallback } from "./fallback-outbox.js";

/** The latest that is to be written about an entry. */
export interface Write {
  /** What it does: it stores the entry, notes something about it, or ends it. */
  readonly kind: "store" | "note" | "end";
  /** Whether it is to be done although the entry was never stored. */
  readonly isNeeded?: boolean;
  /** Whether it is still to be done, when that was not possible for a while. */
  readonly isWanted?: () => boolean;
  /** Writes it; done twice it is done once. */
  readonly run: () => Promise<unknown>;
  /** Takes the answer; `isLatest` is false when something later is to be written about the entry. */
  readonly done: (answer: unknown, isLatest: boolean) => void;
}

/** Writes into a store that may fail, or not answer: the latest write of each entry is repeated until it is done. */
export interface StoreWrites {
  /** Writes, unless the store fails. */
  readonly submit: (key: string, write: Write) => void;
  /** Waits until a write that is under way is done, or cannot be for now. */
  readonly written: (key: string) => Promise<void> | undefined;
  /** Asks the store; true when it answered in time. An answer that comes later counts too. */
  readonly ask: <Answer>(
    question: () => Promise<Answer>,
    onAnswer: (answer: Answer) => void,
  ) => Promise<boolean>;
  readonly isFailing: () => boolean;
  /** Notes that the store holds an entry. */
  readonly learn: (key: string) => void;
  /** Notes that an entry is the store's alone. */
  readonly forget: (key: string) => void;
  readonly isPending: (key: string, kind?: Write["kind"]) => boolean;
  /** Writes of a kind that are not done. */
  readonly count: (kind: Write["kind"]) => number;
  /** Waits for the writes that are under way. */
  readonly settle: () => Promise<void>;
  /** Counts an entry that goes by way of memory, for the report that the store works again. */
  readonly countDetour: (key: string) => void;
}

/** The store has failed when it has not answered by then, in milliseconds: a call waits no longer. */
const STORE_TIMEOUT_MS = 500;
const READ_GRACE_MS = 20;
/** Writes at a time, of those that could not be done for a while. */
const MAX_REPEATED_AT_ONCE = 100;

/** Creates the writes. While the store fails nothing is written; any answer means that it works again. */
export function createStoreWrites({
  schedule,
  report,
}: {
  readonly schedule: Schedule;
  readonly report: ReportFallback;
}): StoreWrites {
  const pending = new Map<string, Write>();
  /** Entries that the store may hold, as far as is known. */
  const known = new Set<string>();
  const underWay = new Map<string, Promise<void>>();
  let failing = false;
  const detours = new Set<string>();

  const isFailing = (): boolean => failing;
  const fail = (error: unknown): void => {
    if (failing) return;
    failing = true;
    report({ kind: "failed", error });
  };
  const work = (): void => {
    if (!failing) return;
    failing = false;
    report({ kind: "works", entries: detours.size });
    detours.clear();
    void repeat();
  };

  const ask: StoreWrites["ask"] = async (question, onAnswer) =>
    new Promise((resolve) => {
      const expire = (): void => {
        fail(new Error(`it has not answered for ${STORE_TIMEOUT_MS} ms`));
        resolve(false);
      };
      // The answer may be here already, when this process had no time to read it.
      let cancel = schedule(() => {
        cancel = schedule(expire, READ_GRACE_MS);
      }, STORE_TIMEOUT_MS - READ_GRACE_MS);
      question().then(
        (answer) => {
          cancel();
          onAnswer(answer);
          work();
          resolve(true);
        },
        (error: unknown) => {
          cancel();
          fail(error);
          resolve(false);
        },
      );
    });

  const write = async (key: string, given: Write): Promise<void> => {
    if (given.kind === "store") known.add(key);
    const written = ask(given.run, (answer) => {
      const isLatest = pending.get(key) === given;
      if (isLatest) pending.delete(key);
      if (isLatest && given.kind === "end") known.delete(key);
      given.done(answer, isLatest);
    }).then(() => {
      if (underWay.get(key) === written) underWay.delete(key);
    });
    underWay.set(key, written);
    await written;
  };

  /** Does what could not be done, a part at a time. */
  const repeat = async (): Promise<void> => {
    const left = [...pending];
    while (left.length > 0 && !isFailing()) {
      const part = left.splice(0, MAX_REPEATED_AT_ONCE).filter(([key, given]) => {
        const isLatest = pending.get(key) === given;
        if (!isLatest || given.isWanted?.() !== false) return isLatest;
        // It was dropped meanwhile.
        pending.delete(key);
        return false;
      });
      await Promise.all(part.map(async ([key, given]) => write(key, given)));
    }
  };

  return {
    submit(key, given) {
      if (given.kind === "end" && given.isNeeded !== true && !known.has(key)) {
        pending.delete(key);
        return;
      }
      pending.set(key, given);
      if (!failing) void write(key, given);
    },
    written: (key) => underWay.get(key),
    ask,
    isFailing,
    learn: (key) => void known.add(key),
    forget: (key) => void known.delete(key),
    isPending(key, kind) {
      const found = pending.get(key);
      return found !== undefined && (kind === undefined || found.kind === kind);
    },
    count: (kind) => [...pending.values()].filter((one) => one.kind === kind).length,
    async settle() {
      await Promise.all(underWay.values());
    },
    countDetour: (key) => void detours.add(key),
  };
}
