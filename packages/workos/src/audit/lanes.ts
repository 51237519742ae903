/** How one organization's entries fare. Times in milliseconds. */
interface Lane {
  /** Failures in a row; while the organization waits, entries that were sent before say nothing new. */
  strikes: number;
  struckAt: number;
  /** How many entries of all organizations had arrived when the first of those that failed left. */
  arrivedBefore: number;
  /** Nothing is sent before then: after failures, or because Retry-After said so. */
  waitUntil: number;
  isAskedToWait: boolean;
  /** Entries on their way. */
  flying: number;
  isReported: boolean;
}

/** Failures in a row after which an organization's entries wait together; before, only those that failed do. */
const STRIKES = 3;

/** When an entry left, and how many of all organizations had arrived by then. */
export interface Departure {
  readonly at: number;
  readonly arrived: number;
}

/** What a failure means. */
export interface Strike {
  /** Nothing of any organization arrived since the first entry of this row of failures left. */
  readonly isEverywhere: boolean;
  /** The organization waits now, while others arrive, and that has not been reported. */
  readonly isNews: boolean;
}

/** Keeps one organization's failures from the entries of the others. */
export interface Lanes {
  /**
   * Returns whether an entry may be sent now: not while its organization waits, one at a time after failures, and no
   * more at once than are left free for others.
   */
  readonly maySend: (organizationId: string, free: number) => boolean;
  readonly flying: (organizationId: string) => number;
  readonly waitUntil: (organizationId: string) => number;
  /** Notes that an entry leaves; what is returned is for {@link Lanes.fail}. */
  readonly depart: (organizationId: string) => Departure;
  readonly land: (organizationId: string) => void;
  /** Notes that an entry arrived; true when its organization's failures had been reported. */
  readonly succeed: (organizationId: string) => boolean;
  /** Notes that an entry failed; `retryAfter` is what WorkOS asked for, in seconds. */
  readonly fail: (
    organizationId: string,
    departure: Departure,
    retryAfter: number | undefined,
  ) => Strike;
  /** Ends all waiting that WorkOS did not ask for; after its next failure an organization waits longer again. */
  readonly hurry: () => void;
}

/**
 * Creates the lanes. A lane that is idle and sound is not kept.
 *
 * @param now of a clock that never goes back.
 * @param backoff how long to wait after so many failures in a row.
 */
export function createLanes(now: () => number, backoff: (times: number) => number): Lanes {
  const lanes = new Map<string, Lane>();
  let arrived = 0;
  const open = (id: string): Lane => {
    const lane = lanes.get(id) ?? createLane();
    lanes.set(id, lane);
    return lane;
  };
  return {
    maySend(id, free) {
      const { waitUntil, strikes, flying } = lanes.get(id) ?? createLane();
      if (waitUntil > now()) return false;
      return strikes >= STRIKES ? flying === 0 : flying < free;
    },
    flying: (id) => lanes.get(id)?.flying ?? 0,
    waitUntil: (id) => lanes.get(id)?.waitUntil ?? -Infinity,
    depart(id) {
      open(id).flying += 1;
      return { at: now(), arrived };
    },
    land(id) {
      const lane = open(id);
      lane.flying -= 1;
      if (lane.flying === 0 && lane.strikes === 0) lanes.delete(id);
    },
    succeed(id) {
      arrived += 1;
      const { flying, isReported } = open(id);
      lanes.set(id, { ...createLane(), flying });
      return isReported;
    },
    fail(id, departure, retryAfter) {
      const lane = open(id);
      if (retryAfter !== undefined) {
        lane.waitUntil = Math.max(lane.waitUntil, now() + retryAfter * 1000);
        lane.isAskedToWait = true;
      }
      if (lane.strikes === 0) lane.arrivedBefore = departure.arrived;
      if (lane.strikes < STRIKES || departure.at > lane.struckAt) {
        lane.strikes += 1;
        lane.struckAt = now();
        if (lane.strikes >= STRIKES) {
          const pause = backoff(lane.strikes - STRIKES + 1);
          lane.waitUntil = Math.max(lane.waitUntil, now() + pause);
        }
      }
      const isEverywhere = lane.arrivedBefore === arrived && !lane.isReported;
      const isNews = !isEverywhere && !lane.isReported && lane.strikes >= STRIKES;
      if (isNews) lane.isReported = true;
      return { isEverywhere, isNews };
    },
    hurry() {
      for (const lane of lanes.values()) if (!lane.isAskedToWait) lane.waitUntil = -Infinity;
    },
  };
}

function createLane(): Lane {
  return {
    strikes: 0,
    struckAt: -Infinity,
    arrivedBefore: 0,
    waitUntil: -Infinity,
    isAskedToWait: false,
    flying: 0,
    isReported: false,
  };
}
