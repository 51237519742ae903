import type { Schedule } from "../standards/schedule.js";

/** Whether WorkOS takes the API key of this server. */
export interface OwnKey {
  /** Takes the status that a call with the key was answered with. */
  readonly onAnswer: (status: number, call: string) => void;
  /** Takes the status of a tool's call, which may send other credentials than the key, but not to read something. */
  readonly onToolAnswer: (status: number, call: string) => void;
  readonly isRefused: () => boolean;
  readonly close: () => void;
}

/** What {@link createOwnKey} needs of the world around it. */
export interface OwnKeyOptions {
  /** Makes a call with the key, whose answer comes to `onAnswer`. */
  readonly probe: () => Promise<unknown>;
  readonly schedule: Schedule;
  readonly report: (state: "refused" | "recovered", detail: string) => void;
}

/** Milliseconds between two questions whether a refused key is accepted again. */
const RECHECK_INTERVAL_MS = 30_000;

/**
 * Watches whether WorkOS refuses the API key of this server (401), and asks again until it does not.
 *
 * A refusal is over when the same call or the probe is answered with anything but 401, 429 or a 5xx; so a key that is
 * refused for one call and accepted for others is reported twice in an interval at most. Does NOT take 403 for a
 * refusal of the key: WorkOS knows it then.
 */
export function createOwnKey({ probe, schedule, report }: OwnKeyOptions): OwnKey {
  let refused: { readonly call: string; readonly cancel: () => void } | undefined;
  let isProbing = false;
  let isClosed = false;

  const recheck = async (): Promise<void> => {
    isProbing = true;
    await probe().catch(() => undefined);
    isProbing = false;
    if (refused === undefined || isClosed) return;
    refused = { ...refused, cancel: schedule(() => void recheck(), RECHECK_INTERVAL_MS) };
  };

  const onAnswer = (status: number, call: string): void => {
    if (status === 401) {
      if (refused !== undefined || isClosed) return;
      refused = { call, cancel: schedule(() => void recheck(), RECHECK_INTERVAL_MS) };
      report("refused", `it answered 401 to ${call}. ${CURE}`);
    } else if (refused !== undefined && status < 500 && status !== 429) {
      if (!isProbing && call !== refused.call) return;
      refused.cancel();
      refused = undefined;
      report("recovered", "the key is accepted");
    }
  };

  return {
    onAnswer,
    onToolAnswer(status, call) {
      if (status !== 401 || call.startsWith("GET ")) onAnswer(status, call);
    },
    isRefused: () => refused !== undefined,
    close() {
      isClosed = true;
      refused?.cancel();
    },
  };
}

const CURE =
  "The key in apiKey (WORKOS_API_KEY) was revoked, or is another environment's: put a valid one in its place. " +
  "Until then what WorkOS must be asked about is answered with 503, and health() is not ready";
