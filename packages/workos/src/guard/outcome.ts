import type { OrganizationUrl } from "../access/challenge-policy.js";
import type { Shows } from "../access/filter-lists.js";
import type { VerifiedCredential } from "../credential/verify-credential.js";
import type { Answer } from "./answer.js";
import type { UnreadBody } from "./refusal.js";
import type { Admitted, Origin } from "./usage-events.js";

/** What the guard needs to know of an HTTP request; a door reads it off its framework. */
export interface GuardRequest extends Origin {
  readonly method: string;
  /** The path as received: not decoded, not normalized, without query. */
  readonly path: string;
  /** Every Authorization field, in the order received. */
  readonly authorization: readonly string[];
  /** Whether the request is a CORS preflight (Fetch §3.2.2): OPTIONS with Origin and Access-Control-Request-Method. */
  readonly isPreflight: boolean;
  /** The Access-Control-Request-Headers field. */
  readonly requestedHeaders?: string | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** The parsed body, the very object that the dispatcher will read. */
  body?: unknown;
  /** Why the body could not be read, as where a host parses it on demand and it is not JSON. */
  unreadBody?: UnreadBody | undefined;
  /** Whether there is a body, read or not. */
  readonly hasBody: boolean;
  /**
   * Reads a body that nothing has read into this request; left out where the host reads bodies itself. Called once the
   * caller is known: what a stranger sends is not read.
   */
  readonly readBody?: (() => Promise<void> | undefined) | undefined;
  /** Reads a body that nothing has read as text, for a webhook; at most so many bytes. */
  readonly readText?:
    | ((maxBytes: number) => Promise<string | { unreadBody: UnreadBody }> | undefined)
    | undefined;
  /** Whether the client asks for what it missed of a stream (Last-Event-ID). */
  readonly isResumption?: boolean;
  /** The body as it came, where the host kept it: what a webhook's signature is over. Nothing else reads it. */
  readonly rawBody?: unknown;
  /** The WorkOS-Signature field of a webhook. */
  readonly signature?: string | undefined;
  /** When it came, in milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Whether the client has left, as far as the host can tell: work for it stops then. */
  readonly isGone?: (() => boolean) | undefined;
}

/** What becomes of a request. */
export type Outcome =
  | { readonly kind: "answered"; readonly answer: Answer }
  /** A path the operator listed as public: let through without a caller. */
  | { readonly kind: "public" }
  | {
      readonly kind: "authenticated";
      readonly credential: VerifiedCredential;
      /** The resource identifier that the request addressed. */
      readonly resource: string;
      /** What lists in the answer may show; everything when there is none. */
      readonly shows?: Shows;
      /** The URL of another organization, where the request's URL selects one. */
      readonly urlOf?: OrganizationUrl;
      /** What was let through, for observers. */
      readonly admitted?: readonly Admitted[];
    };

/** An outcome that is an answer. */
export type Answered = Extract<Outcome, { readonly kind: "answered" }>;

export function answered(answer: Answer): Answered {
  return { kind: "answered", answer };
}
