/**
 * What this package reports: one event for everything an operator may have to
 * explain later. No event carries a token, a claim's value, a header or a key.
 */
export type TrailEvent =
  | {
      /** The resource server is configured and guards what reaches it. */
      readonly kind: "started";
      readonly resource: string;
      readonly issuer: string;
    }
  | {
      /** A request was turned away. */
      readonly kind: "refused";
      /** The reason id, the same as in the answer. */
      readonly reason: string;
      readonly status: number;
      readonly method: string;
      /** For the operator: what was wrong and what to do. */
      readonly detail: string;
    }
  | {
      /** An issuer's key set or metadata could not be read, or can be read again. */
      readonly kind: "issuer";
      readonly issuer: string;
      readonly document: "key set" | "metadata";
      readonly state: "unreachable" | "recovered";
      readonly detail: string;
    }
  | {
      /** The WorkOS API cannot be asked about API keys, or can be again. */
      readonly kind: "api";
      readonly state: "unreachable" | "recovered";
      readonly detail: string;
    }
  | {
      /** Something works but should be configured better; reported once. */
      readonly kind: "advice";
      readonly code: "environment_audience" | "listening_elsewhere" | "endpoint_differs";
      readonly detail: string;
    }
  | {
      /** Our own mistake: the request was refused with a 500 and the error's stack is here. */
      readonly kind: "fault";
      readonly detail: string;
    };

/** Hears every event. An observer must not block; what it throws is dropped. */
export type Observer = (event: TrailEvent) => void;

/** Reports an event to every observer; never throws. */
export type Trail = (event: TrailEvent) => void;

/** Joins observers into one trail, so that a broken observer cannot break a request or its neighbours. */
export function createTrail(observers: readonly Observer[]): Trail {
  return (event) => {
    const frozen = Object.freeze(event);
    for (const observe of observers) {
      try {
        observe(frozen);
      } catch {
        // An observer is never allowed to change what happens to a request.
      }
    }
  };
}
