/** Who called. */
export interface TrailCaller {
  readonly kind: "user" | "application" | "api-key";
  /** WorkOS's ID of the person, the application or the key. */
  readonly id: string;
}

/** What an authenticated caller asked for: one JSON-RPC message of a request. */
export interface Asked {
  readonly caller: TrailCaller;
  readonly organizationId: string | undefined;
  /** The MCP client; undefined for an API key. */
  readonly clientId: string | undefined;
  /** The MCP method, such as `tools/call`, made printable. */
  readonly method: string;
  /** What was to be used, by its name as the caller wrote it, made printable. */
  readonly target:
    | { readonly kind: "tool" | "resource" | "prompt"; readonly name: string }
    | undefined;
  /** Path of the rule in the configuration; undefined without a map, or when it does not name the target. */
  readonly rule: string | undefined;
  /** The JSON-RPC id; undefined for a notification. */
  readonly requestId: string | number | undefined;
  /** What the client says it speaks, made printable. */
  readonly protocolVersion: string | undefined;
}

/**
 * What this package reports: one event for everything an operator may have to
 * explain later. No event carries a token, a claim's value, a header, a key or, unless the
 * operator names it, an argument. Durations are milliseconds since the request came.
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
      readonly duration: number;
    }
  | (Asked & {
      /** An authenticated caller may not do what it asked for. */
      readonly kind: "denied";
      /** The reason id, the same as in the answer. */
      readonly reason: string;
      readonly status: number;
      /** What is missing and who can grant it, as the caller was told. */
      readonly detail: string;
      readonly duration: number;
    })
  | (Asked & {
      /** A message was let through, and its answer has ended. Reported only when there are observers. */
      readonly kind: "answered";
      readonly status: number;
      /** Whether the answer was sent whole; false when the client left before. */
      readonly isComplete: boolean;
      /** The arguments that `keepArguments` names. */
      readonly arguments: Readonly<Record<string, string | number | boolean>>;
      readonly duration: number;
    })
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
        | "check_failed"
        | "rate_limiter_failed"
        | "event_unreadable";
      readonly detail: string;
    }
  | {
      /** Our own mistake: the request was refused with a 500 and the error's stack is here. */
      readonly kind: "fault";
      readonly detail: string;
    };

/** A request under observation, before anything is known of it. */
export interface ObservedRequest {
  readonly method: string;
  /** The header fields, in lower case, without Authorization and Cookie. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The message's `params._meta`; undefined for a batch. */
  readonly meta: object | undefined;
}

/** What accompanies one request. */
export interface Companion {
  /** Runs a part of the request's work, the tools included, in the companion's context. */
  readonly run: <Result>(work: () => Result) => Result;
  /** The answer has ended. */
  readonly end: (status: number) => void;
}

/** Hears every event. An observer must not block; what it throws is dropped. */
export interface Observer {
  (event: TrailEvent): void;
  /** Accompanies a request from its beginning; a tracer needs that. */
  readonly accompany?: (request: ObservedRequest) => Companion;
}

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

/**
 * Joins the companions of several observers into one; nothing when nobody accompanies
 * requests. A companion that throws is left out; the work runs exactly once whatever happens.
 */
export function joinCompanions(
  observers: readonly Observer[],
): ((request: ObservedRequest) => Companion) | undefined {
  const accompanying = observers.flatMap(({ accompany }) =>
    accompany === undefined ? [] : [accompany],
  );
  if (accompanying.length === 0) return undefined;
  return (request) => {
    const companions: Companion[] = [];
    for (const accompany of accompanying) {
      try {
        companions.push(accompany(request));
      } catch {
        // An observer is never allowed to change what happens to a request.
      }
    }
    return {
      run: (work) =>
        companions.reduceRight(
          (inner, { run }) =>
            () =>
              run(inner),
          work,
        )(),
      end(status) {
        for (const companion of companions) {
          try {
            companion.end(status);
          } catch {
            // As above.
          }
        }
      },
    };
  };
}
