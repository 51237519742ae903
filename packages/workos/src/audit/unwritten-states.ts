import type { Outbox, WaitingEntry } from "./outbox.js";

/** How an entry of an outbox stands that could not be written when that changed. */
type Unwritten =
  | { readonly kind: "waits"; readonly entry: WaitingEntry; readonly dueAt: number }
  | { readonly kind: "gone" }
  | { readonly kind: "failed"; readonly problem: string; readonly at: number };

/** What became of entries and could not be noted in their outbox. */
export interface UnwrittenStates {
  readonly size: () => number;
  readonly remember: (key: string, state: Unwritten) => void;
  readonly forget: (key: string) => void;
  /** Whether an entry is still to be sent, and due. */
  readonly isDue: (key: string, at: number) => boolean;
  /** Puts what is remembered of an entry in the place of what its outbox holds. */
  readonly toCurrent: (entry: WaitingEntry) => WaitingEntry;
  /** Makes everything that was postponed due now. */
  readonly hurry: (at: number) => void;
  /** Entries that their outbox counts among the waiting, and that wait no more. */
  readonly countEnded: () => number;
  /** Notes everything in the outbox, one by one, until a write throws. */
  readonly writeTo: (outbox: Outbox) => void;
}

/** Creates the memory of what could not be written. */
export function createUnwrittenStates(): UnwrittenStates {
  const states = new Map<string, Unwritten>();
  return {
    size: () => states.size,
    remember: (key, state) => void states.set(key, state),
    forget: (key) => void states.delete(key),
    isDue(key, at) {
      const state = states.get(key);
      return state === undefined || (state.kind === "waits" && state.dueAt <= at);
    },
    toCurrent(entry) {
      const state = states.get(entry.key);
      return state?.kind === "waits" ? { ...state.entry, event: entry.event } : entry;
    },
    hurry(at) {
      for (const [key, state] of states) {
        if (state.kind === "waits") {
          states.set(key, { ...state, dueAt: Math.min(state.dueAt, at) });
        }
      }
    },
    countEnded: () => [...states.values()].filter(({ kind }) => kind !== "waits").length,
    writeTo(outbox) {
      for (const [key, state] of states) {
        if (state.kind === "gone") outbox.remove(key);
        else if (state.kind === "failed") outbox.bury(key, state.problem, state.at);
        else outbox.note(state.entry, state.dueAt);
        states.delete(key);
      }
    },
  };
}
