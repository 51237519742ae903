/** Who called. */
export interface CallerInfo {
  /** What kind of caller it is. */
  readonly kind: "user" | "agent" | "application" | "api-key";
  /** WorkOS's ID of the person, the application or the key. */
  readonly id: string;
  /** The WorkOS dashboard user who acts in the caller's name (`act.sub`). */
  readonly impersonator?: string;
}

/** Arguments that events keep, by the tool's name. */
export type RecordedArguments = ReadonlyMap<string, readonly string[]>;

/** A caller whose credential was good. */
export interface KnownCaller {
  /** Who it is. */
  readonly caller: CallerInfo;
  /** The organization that the credential is for, if it is for one. */
  readonly organizationId: string | undefined;
  /** The MCP client; undefined for an API key. */
  readonly clientId: string | undefined;
}

/** A request's own account of itself; unverified. */
export interface RequestOrigin {
  /** What the client claims to speak. */
  readonly protocolVersion: string | undefined;
  /** Where the request came from: its address, found by `trustedProxyCount`, and its User-Agent. */
  readonly from: { readonly address: string | undefined; readonly userAgent: string | undefined };
}

/** What was to be used. */
export interface UsedTarget {
  /** What kind of thing it is. */
  readonly kind: "tool" | "resource" | "prompt";
  /** The name that was judged: of a resource its URI in normal form. One that is too long keeps both its ends. */
  readonly name: string;
  /** The name as the caller wrote it, at most 200 characters of it; left out when it is the one that was judged. */
  readonly sentAs?: string;
}

/**
 * What an authenticated caller asked for: one JSON-RPC message of a request, or one of several things that it names.
 *
 * Texts that came with the request are as the caller wrote them, cut to 500 characters, with control characters and
 * others that cannot be seen written as `\uXXXX`.
 */
export interface AccessAttempt extends KnownCaller, RequestOrigin {
  /** The MCP method, such as `tools/call`. */
  readonly method: string;
  /** What was to be used, if the message uses something. */
  readonly target: UsedTarget | undefined;
  /** Path of the rule in the configuration; undefined without a map, or when it does not name the target. */
  readonly rule: string | undefined;
  /** The JSON-RPC id; undefined for a notification. */
  readonly requestId: string | number | undefined;
  /** The same in every event about this use, and in no other. */
  readonly callId: string;
  /** Which of the targets of its message this one is, when there are several (`subscriptions/listen`); the first is 1. */
  readonly part?: { readonly number: number; readonly of: number };
}

/**
 * What this package reports: one event for everything an operator may have to
 * explain later. No event carries a token, a key or, unless the operator names it, an argument. Of the claims it
 * carries who called (user, client, organization, session and actor), and of the header fields the User-Agent, the
 * protocol version and the caller's address. Durations are milliseconds since the request came.
 */
export type AuthEvent =
  | {
      /** A request to the endpoint was seen to reach the guard. */
      readonly kind: "started";
      readonly resource: string;
      readonly issuer: string;
      /** What users' tokens must name; undetermined until the first that names the environment. */
      readonly audience: "resource" | "environment" | "undetermined";
    }
  | {
      /** A server of this process carries out calls without a token, past the guard. */
      readonly kind: "unguarded";
      readonly resource: string;
      readonly detail: string;
    }
  | (Partial<KnownCaller & RequestOrigin> & {
      /** A request was turned away. Whose it was is said when the credential was a good one. */
      readonly kind: "refused";
      /** The reason id, the same as in the answer. */
      readonly reason: string;
      readonly status: number;
      readonly method: string;
      /** For the operator: what was wrong and what to do. */
      readonly detail: string;
      readonly durationMs: number;
    })
  | (AccessAttempt & {
      /** An authenticated caller may not do what it asked for. */
      readonly kind: "denied";
      /** The reason id, the same as in the answer. */
      readonly reason: string;
      readonly status: number;
      /** What is missing and who can grant it, as the caller was told. */
      readonly detail: string;
      readonly durationMs: number;
      /** By access.require() in a tool: its message was let through, and is answered as well. */
      readonly isInside?: true;
      /**
       * With `isInside`, of a batch: which of its uses denied cannot be found out, so each has such an event, and this
       * is one of them; the first is 1.
       */
      readonly oneOf?: { readonly number: number; readonly of: number };
      /** One of several denied uses of a request, and not the one that its answer is about. */
      readonly isFurther?: true;
    })
  | (AccessAttempt & {
      /** A message was let through, and what it asks for is about to be done. Reported only when there are observers. */
      readonly kind: "admitted";
      /** The arguments that `recordArguments` names. */
      readonly arguments: Readonly<Record<string, string | number | boolean>>;
    })
  | (AccessAttempt & {
      /** A message was let through, and its answer has ended. Reported only when there are observers. */
      readonly kind: "answered";
      readonly status: number;
      /** Whether the answer was sent whole; false when the client left before. */
      readonly isComplete: boolean;
      /** The arguments that `recordArguments` names. */
      readonly arguments: Readonly<Record<string, string | number | boolean>>;
      readonly durationMs: number;
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
      readonly about:
        | "API keys"
        | "events"
        | "consents"
        | "memberships"
        | "resource indicators"
        | "audit logs"
        | "access"
        | "checks"
        | "tools";
      readonly state: "unreachable" | "recovered";
      readonly detail: string;
    }
  | {
      /** WorkOS refuses the API key of this server, or accepts it again. */
      readonly kind: "api";
      readonly about: "own API key";
      readonly state: "refused" | "recovered";
      readonly detail: string;
    }
  | {
      /** The WorkOS API was asked for something. Reported only when there are observers. */
      readonly kind: "api_call";
      /** What for: access decisions, a tool's own calls, or the audit log. */
      readonly about: "access" | "tools" | "audit logs";
      readonly method: string;
      /** The path, with `{id}` in the place of identifiers. */
      readonly route: string;
      /** Which server was asked. */
      readonly server: { readonly address: string; readonly port: number };
      /** Of the last attempt; undefined without an answer. */
      readonly status: number | undefined;
      readonly attempts: number;
      readonly durationMs: number;
    }
  | {
      /** Something works and should be put right; how often it is reported depends on the code (docs/trail.md). */
      readonly kind: "advice";
      readonly code:
        | "environment_audience"
        | "listening_elsewhere"
        | "endpoint_differs"
        | "guard_unproved"
        | "access_map_differs"
        | "recorded_tool_unknown"
        | "list_unreadable"
        | "observer_failed"
        | "check_failed"
        | "rate_limiter_failed"
        | "event_unreadable"
        | "token_lifetime_exceeded"
        | "clock_differs"
        | "audit_event_refused"
        | "audit_outbox_full"
        | "audit_outbox_failed"
        | "audit_organization_missing"
        | "audit_events_left"
        | "nothing_between_requests";
      readonly detail: string;
    }
  | {
      /**
       * Our own mistake: the request was refused with a 500 and the error's stack is here. With a reason, a mistake of
       * the code behind the guard: it answered before, or although, its caller was denied.
       */
      readonly kind: "fault";
      readonly reason?: "answer_withheld" | "denied_too_late";
      readonly detail: string;
    };

/** Reports an event to every observer; never throws. */
export type Trail = (event: AuthEvent) => void;
