import { createIdentifier } from "../secrets/identifier.js";

/** One event, as the Events API and webhooks tell it. */
export interface LoggedEvent {
  /** Always `event`. */
  readonly object: "event";
  /** Its ID; IDs sort by time. */
  readonly id: string;
  /** The type, such as `user.deleted`. */
  readonly event: string;
  /** What changed, as the API serializes it. */
  readonly data: Readonly<Record<string, unknown>>;
  /** When it happened (ISO 8601). */
  readonly created_at: string;
  /** Always empty. */
  readonly context: Readonly<Record<string, never>>;
}

/** What changed in the environment, oldest first. */
export interface EventLog {
  append(event: string, data: Readonly<Record<string, unknown>>): void;
  all(): readonly LoggedEvent[];
  /** Calls back with every event from now on. */
  subscribe(listener: (event: LoggedEvent) => void): void;
  /** Forgets the events; listeners stay, and later IDs still sort after the forgotten ones. */
  clear(): void;
}

const mostEvents = 10_000;

/** Makes the log of an environment; it keeps the latest 10,000 events, and their IDs sort by time. */
export function createEventLog(now: () => number): EventLog {
  const events: LoggedEvent[] = [];
  const listeners: ((event: LoggedEvent) => void)[] = [];
  let latest = -Infinity;
  return {
    append(name, data) {
      latest = Math.max(now(), latest + 1);
      const event: LoggedEvent = {
        object: "event",
        id: createIdentifier("event", () => latest),
        event: name,
        data,
        created_at: new Date(now()).toISOString(),
        context: {},
      };
      events.push(event);
      if (events.length > mostEvents) events.shift();
      for (const listener of listeners) listener(event);
    },
    all: () => events,
    subscribe: (listener) => void listeners.push(listener),
    clear: () => void events.splice(0),
  };
}
