import type { Refused } from "../access/access-control.js";
import type { Rights } from "../access/rights.js";
import { missingIn, type Denial } from "../access/decide.js";
import { explain, denialReason } from "../access/explain.js";
import type { Message } from "../access/messages.js";
import { writeChallenge } from "../standards/challenge.js";
import { isScope } from "../standards/scope.js";
import { json, type Answer } from "./answer.js";

/** A client may try again after this many seconds when rights cannot be looked up. */
const RETRY_AFTER_SECONDS = 5;
/** JSON-RPC error of our own, outside the ranges that JSON-RPC and MCP reserve. */
const ACCESS_DENIED = -32003;
/** Where a result has, for programs, why it was denied. */
const DENIED_META = "xmcp.dev/access-denied";
/** Where clients that never see HTTP fields look for a challenge (OpenAI Apps SDK). */
const CHALLENGE_META = "mcp/www_authenticate";

/** What the answer to a denied request depends on. */
export interface DenialContext {
  readonly refused: Refused;
  readonly messages: readonly Message[];
  readonly isBatch: boolean;
  readonly granted: readonly string[];
  readonly who: Pick<Rights, "caller" | "organizationId">;
  readonly resourceMetadata: string;
  readonly stepUp: "http" | "tool-result";
}

/**
 * Gives a denied request its answer: one that leads somewhere, and the same bytes for the
 * same denial.
 *
 * What signing in again can cure is an HTTP challenge; what WorkOS cannot say now is a 503;
 * all else is said where the reader is, in the tool's result or as a JSON-RPC error.
 *
 * @see RFC 6750 §3.1; MCP 2025-11-25 basic/authorization, scope challenge handling
 */
export function denialAnswer(context: DenialContext): Answer {
  const { refused, granted, who, resourceMetadata, stepUp } = context;
  const { denial, target } = refused;
  const description = explain(denial, target, who);
  const reason = denialReason(denial);
  switch (denial.reason) {
    case "insufficient_scope": {
      const challenge = scopeChallenge(denial.scopes, granted, resourceMetadata);
      // A JSON-RPC error has no place for a challenge that any client looks at.
      const hasResult = refused.message.method === "tools/call";
      if (stepUp === "tool-result" && hasResult) return inBand(context, description, challenge);
      const body = { error: "insufficient_scope", error_description: description, reason };
      return json(403, body, { ...NO_STORE, "WWW-Authenticate": challenge });
    }
    case "organization_required": {
      const challenge = writeChallenge({
        error: "invalid_token",
        // Or a client signs in for what it asks by default, and loses what it was granted since.
        scopes: granted.filter(isScope).toSorted(),
        resourceMetadata,
        errorDescription: "Sign in again and choose another organization",
      });
      const body = { error: "invalid_token", error_description: description, reason };
      return json(401, body, { ...NO_STORE, "WWW-Authenticate": challenge });
    }
    case "access_unavailable": {
      const body = { error: "temporarily_unavailable", error_description: description, reason };
      return json(503, body, { ...NO_STORE, "Retry-After": String(RETRY_AFTER_SECONDS) });
    }
    default:
      return inBand(context, description);
  }
}

const NO_STORE = Object.freeze({ "Cache-Control": "no-store" });

/** Every scope the request needs and every one granted already, or a client would lose those (RS-62). */
function scopeChallenge(
  needed: readonly string[],
  granted: readonly string[],
  resourceMetadata: string,
): string {
  return writeChallenge({
    error: "insufficient_scope",
    scopes: [...new Set([...granted.filter(isScope), ...needed])].toSorted(),
    resourceMetadata,
    errorDescription: "The call needs more scopes than the access token has",
  });
}

function inBand(context: DenialContext, description: string, challenge?: string): Answer {
  const { refused, messages, isBatch } = context;
  const reason = denialReason(refused.denial);
  const answers = messages.flatMap((message) => {
    if (message.id === undefined) return [];
    return message === refused.message
      ? [answerTo(refused, message.id, description, challenge)]
      : [
          errorTo(message.id, "Not carried out: another message of the batch was denied", {
            reason,
          }),
        ];
  });
  const [first] = answers;
  if (first === undefined) {
    return json(403, { error: "forbidden", error_description: description, reason }, NO_STORE);
  }
  return json(200, isBatch ? answers : first, NO_STORE);
}

function answerTo(
  { denial, message }: Refused,
  id: string | number,
  description: string,
  challenge: string | undefined,
): object {
  const data = machineReadable(denial);
  if (message.method !== "tools/call") return errorTo(id, description, data);
  return {
    jsonrpc: "2.0",
    id,
    result: {
      content: [{ type: "text", text: description }],
      isError: true,
      resultType: "complete",
      _meta: {
        [DENIED_META]: data,
        ...(challenge === undefined ? {} : { [CHALLENGE_META]: [challenge] }),
      },
    },
  };
}

function errorTo(id: string | number, message: string, data: object): object {
  return { jsonrpc: "2.0", id, error: { code: ACCESS_DENIED, message, data } };
}

function machineReadable(denial: Denial): object {
  const missing = missingIn(denial);
  return {
    reason: denialReason(denial),
    ...(missing === undefined ? {} : { missing }),
    ...(denial.reason === "organization_elsewhere" ? { urls: denial.urls } : {}),
  };
}
