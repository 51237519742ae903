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
      /** An authenticated caller may not do what it asked for. */
      readonly kind: "denied";
      /** The reason id, the same as in the answer. */
      readonly reason: string;
      readonly status: number;
      /** The MCP method, such as `tools/call`. */
      readonly method: string;
      /** What was to be used: a tool, prompt or resource by its name as the caller wrote it, made printable. */
      readonly target: string;
      /** Path of the rule in the configuration; undefined when the map does not name the target. */
      readonly rule: string | undefined;
      /** Kind and ID of the caller. */
      readonly caller: string;
      readonly organizationId: string | undefined;
      /** What is missing and who can grant it, as the caller was told. */
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
      /** The WorkOS API cannot be asked for something, or can be again. */
      readonly kind: "api";
      readonly about: "API keys" | "events" | "consents";
      readonly state: "unreachable" | "recovered";
      readonly detail: string;
    }
  | {
      /** Something works but should be configured better; reported once. */
      readonly kind: "advice";
      readonly code:
        | "environment_audience"
        | "listening_elsewhere"
        | "endpoint_differs"
        | "access_map_differs"
        | "check_failed";
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
